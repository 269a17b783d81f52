import Bus
import Contracts

struct DeleteClientHandler: Sendable {
    let clients: any ClientRepository
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void

    @Sendable func handle(_ request: DeleteClient, from caller: Caller) async throws -> Done {
        let workspaceID = try caller.requireWorkspace()
        _ = try await clients.change(request.id, in: workspaceID) { $0.deleted() }
        announce(workspaceID)
        return Done()
    }
}
