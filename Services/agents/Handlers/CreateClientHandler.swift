import Bus
import Contracts
import ServiceRuntime

struct CreateClientHandler: Sendable {
    let clients: any ClientRepository
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }
    var makeID: @Sendable () -> ClientID = { ClientID(UUIDv7.make()) }

    @Sendable func handle(_ request: CreateClient, from caller: Caller) async throws -> Outcome<ClientRecord> {
        let workspaceID = try caller.requireWorkspace()
        let client = try Client.made(by: request, id: makeID(), at: now())
        let outcome = try await clients.add(client, under: request.idempotency, in: workspaceID)
        if !outcome.isReplayed { announce(workspaceID) }
        return outcome
    }
}
