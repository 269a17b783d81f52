import Bus
import Contracts

/// Makes an API key; its secret is in this answer and nowhere else.
struct CreateAPIKeyHandler {
    let keys: any APIKeyRepository
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: CreateAPIKey, from caller: Caller) async throws -> Outcome<CreatedAPIKey> {
        let key = try NewAPIKey(request, by: caller, at: now())
        return try await keys.add(key, idempotency: request.idempotency)
    }
}
