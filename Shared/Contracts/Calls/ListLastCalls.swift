import Bus

/// When the last call of each of these agents began, in their order.
/// - Faults: `.inputInvalid` for more than 1000.
package struct ListLastCalls: BusRequest, Codable {
    package static let subject: Subject = "calls.list-last-calls.v1"
    package static let isRepeatable = true
    package typealias Reply = LastCalls

    package var agentIDs: [AgentID]

    package init(agentIDs: [AgentID]) {
        self.agentIDs = agentIDs
    }
}

package struct LastCalls: BusMessage, Codable, Equatable {
    /// Nil for an agent without calls.
    package var moments: [Timestamp?]

    package init(moments: [Timestamp?]) {
        self.moments = moments
    }
}
