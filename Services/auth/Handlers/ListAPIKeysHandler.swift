import Bus
import Contracts

/// The workspace's keys, without their secrets.
struct ListAPIKeysHandler {
    let keys: any APIKeyRepository

    @Sendable func handle(_ request: ListAPIKeys, from caller: Caller) async throws -> APIKeyList {
        let page = try await keys.apiKeys(of: try caller.requireWorkspace(), page: try request.page.checked())
        return APIKeyList(keys: page.entries, total: page.total, next: page.next)
    }
}
