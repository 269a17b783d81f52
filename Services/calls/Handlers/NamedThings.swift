import Bus
import Contracts

/// What a call can name that others own.
struct NamedThings: Sendable {
    let clients: ClientLookup
    let agents: AgentLookup

    /// Checks that everything named is there.
    /// - Returns: the agent of the client, for a call that names none itself.
    /// - Faults: `.clientNotFound`, `.agentNotFound`, `.campaignNotFound`; `.unavailable` when only agents could tell and
    ///   does not answer.
    func check(_ fields: CallFields, for caller: Caller) async throws -> AgentID? {
        if let id = fields.agentID { _ = try await agents.active(id, for: caller) }
        guard let id = fields.clientID else { return nil }
        return try await clients.active(id, for: caller).agentID
    }
}
