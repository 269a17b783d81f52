import Bus
import Contracts

/// Makes a key useless from now on.
struct DeleteAPIKeyHandler {
    let keys: any APIKeyRepository
    let terms: TokenTerms
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: DeleteAPIKey, from caller: Caller) async throws -> Done {
        let workspaceID = try caller.requireWorkspace()
        let now = now()
        let isDeleted = try await keys.delete(
            request.id, in: workspaceID, by: caller.identity, at: now,
            revocation: .apiKey(request.id, tokens: terms, at: now))
        guard isDeleted else { throw Fault(.apiKeyNotFound) }
        announce(workspaceID)
        return Done()
    }
}
