import Bus
import Contracts

/// What a call can name that others own.
struct NamedThings: Sendable {
    let clients: ClientLookup
    let agents: AgentLookup
    let campaigns: CampaignLookup

    /// Checks that everything named is there. A service is believed.
    /// - Returns: the agent of the campaign or the client, for a call that names none itself.
    /// - Faults: `.clientNotFound`, `.agentNotFound`, `.campaignNotFound`; `.unavailable` when only agents could tell and
    ///   does not answer.
    func check(_ fields: CallFields, for caller: Caller) async throws -> AgentID? {
        if case .service = caller.identity { return nil }
        if let id = fields.agentID { _ = try await agents.active(id, for: caller) }
        var agentID: AgentID?
        if let id = fields.clientID { agentID = try await clients.active(id, for: caller).agentID }
        if let id = fields.campaignID { agentID = try await campaigns.active(id, for: caller).agentID }
        return agentID
    }

    /// Forgets what is remembered: something has changed.
    func forget() {
        clients.forget()
        agents.forget()
        campaigns.forget()
    }
}
