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

/// What others know of a campaign.
package struct CampaignSketch: Sendable, Codable, Equatable {
    package var id: CampaignID
    package var agentID: AgentID
    package var name: String
    package var status: CampaignStatus
    package var isDeleted: Bool
    /// Grows by one with each change.
    package var version: Int

    package init(_ campaign: CampaignRecord) {
        id = campaign.id
        agentID = campaign.agentID
        name = campaign.name
        status = campaign.status
        isDeleted = campaign.isDeleted
        version = campaign.version
    }
}

/// A campaign was made, changed, launched, paused, completed or deleted. Its counts move without an event.
package struct CampaignChanged: LoggedEvent, Codable, Equatable {
    package static let kind = "campaign-changed.v1"

    /// Nil for a new one.
    package var before: CampaignSketch?
    package var after: CampaignSketch

    package init(before: CampaignSketch?, after: CampaignSketch) {
        self.before = before
        self.after = after
    }
}
