import Bus

/// The log of the agents service's events.
package enum AgentsEvents: EventOwner {
    package static let name = "agents"
}

/// A client was made, changed or deleted.
package struct ClientChanged: LoggedEvent, Codable, Equatable {
    package static let kind = "client-changed.v1"

    /// Nil for a new one.
    package var before: ClientRecord?
    package var after: ClientRecord

    package init(before: ClientRecord?, after: ClientRecord) {
        self.before = before
        self.after = after
    }
}

/// An agent was made, changed or deleted.
package struct AgentChanged: LoggedEvent, Codable, Equatable {
    package static let kind = "agent-changed.v1"

    /// Nil for a new one.
    package var before: AgentRecord?
    package var after: AgentRecord

    package init(before: AgentRecord?, after: AgentRecord) {
        self.before = before
        self.after = after
    }
}
