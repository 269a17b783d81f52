import Bus
import Contracts

struct FindClientWorkspaceHandler: Sendable {
    let clients: any ClientRepository

    @Sendable func handle(_ request: FindClientWorkspace, from caller: Caller) async throws -> WorkspaceID {
        guard case .service = caller.identity else { throw Fault(.permissionDenied) }
        guard let workspaceID = try await clients.workspace(of: request.id) else { throw Fault(.clientNotFound) }
        return workspaceID
    }
}
