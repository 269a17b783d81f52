import Bus
import Contracts

struct UpdateClientHandler: Sendable {
    let clients: any ClientRepository
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void

    @Sendable func handle(_ request: UpdateClient, from caller: Caller) async throws -> ClientRecord {
        let workspaceID = try caller.requireWorkspace()
        let client = try await clients.change(request.id, in: workspaceID) { try $0.changed(by: request) }
        announce(workspaceID)
        return client
    }
}
