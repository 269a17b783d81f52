import Bus
import Contracts
import ServiceRuntime

struct CreateAgentHandler: Sendable {
    let agents: any AgentRepository
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }
    var makeID: @Sendable () -> AgentID = { AgentID(UUIDv7.make()) }

    @Sendable func handle(_ request: CreateAgent, from caller: Caller) async throws -> Outcome<AgentRecord> {
        let workspaceID = try caller.requireWorkspace()
        let agent = try Agent.made(by: request.fields, id: makeID(), createdBy: caller.person, at: now())
        let outcome = try await agents.add(agent, under: request.idempotency, in: workspaceID)
        if !outcome.isReplayed { announce(workspaceID) }
        return outcome
    }
}

extension Caller {
    /// Nil for anybody but a person.
    var person: PersonID? {
        if case .person(let id, _) = identity { PersonID(id) } else { nil }
    }
}
