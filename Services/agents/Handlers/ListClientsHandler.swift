import Bus
import Contracts

struct ListClientsHandler: Sendable {
    let clients: any ClientRepository

    @Sendable func handle(_ request: ListClients, from caller: Caller) async throws -> ClientPage {
        let workspaceID = try caller.requireWorkspace()
        guard (1...1000).contains(request.limit) else {
            throw Fault(.inputInvalid, "limit must be a number from 1 to 1000", field: "limit")
        }
        return try await clients.page(of: workspaceID, limit: request.limit, after: request.after)
    }
}
