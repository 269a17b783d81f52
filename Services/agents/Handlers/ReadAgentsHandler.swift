import Bus
import Contracts

/// Answers with agents.
struct ReadAgentsHandler: Sendable {
    let agents: any AgentRepository

    @Sendable func handle(_ request: GetAgent, from caller: Caller) async throws -> AgentRecord {
        guard let agent = try await agents.find(request.id, in: try caller.requireWorkspace()) else {
            throw Fault(.agentNotFound)
        }
        return agent
    }

    @Sendable func handle(_ request: ListAgents, from caller: Caller) async throws -> AgentPage {
        let workspaceID = try caller.requireWorkspace()
        guard (1...1000).contains(request.limit) else {
            throw Fault(.inputInvalid, "limit must be a number from 1 to 1000", field: "limit")
        }
        guard request.offset >= 0 else { throw Fault(.inputInvalid, "offset must be 0 or more", field: "offset") }
        return try await agents.page(request, in: workspaceID)
    }
}
