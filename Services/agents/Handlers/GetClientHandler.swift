import Bus
import Contracts

struct GetClientHandler: Sendable {
    let clients: any ClientRepository

    @Sendable func handle(_ request: GetClient, from caller: Caller) async throws -> ClientRecord {
        guard let client = try await clients.find(request.id, in: try caller.requireWorkspace()) else {
            throw Fault(.clientNotFound)
        }
        return client
    }
}
