import Bus
import Contracts

/// Changes and deletes agents.
struct ChangeAgentHandler: Sendable {
    let agents: any AgentRepository
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: UpdateAgent, from caller: Caller) async throws -> Outcome<AgentRecord> {
        try await change(request.id, expecting: request.expectedVersion, under: request.idempotency, caller) {
            try Agent.changed($0, by: request.fields, at: $1)
        }
    }

    @Sendable func handle(_ request: DeleteAgent, from caller: Caller) async throws -> Done {
        _ = try await change(request.id, expecting: request.expectedVersion, under: nil, caller) {
            Agent.deleted($0, at: $1)
        }
        return Done()
    }

    private func change(
        _ id: AgentID, expecting version: Int?, under key: IdempotencyKey?, _ caller: Caller,
        by rule: @escaping @Sendable (AgentRecord, Timestamp) throws -> AgentRecord
    ) async throws -> Outcome<AgentRecord> {
        let workspaceID = try caller.requireWorkspace()
        let now = now()
        let outcome = try await agents.change(id, under: key, in: workspaceID) { agent in
            guard version == nil || version == agent.version else { throw Fault(.versionChanged) }
            return try rule(agent, now)
        }
        if !outcome.isReplayed { announce(workspaceID) }
        return outcome
    }
}
