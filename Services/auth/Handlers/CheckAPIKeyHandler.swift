import Bus
import Contracts

/// Whose key a secret is.
struct CheckAPIKeyHandler {
    let keys: any APIKeyRepository
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: CheckAPIKey, from caller: Caller) async throws -> APIKeyGrant {
        guard let secret = APIKeySecret(request.secret), let key = try await keys.find(secret.id),
            secret.matches(key.secretHash), key.grant.expiresAt.map({ $0 > now() }) ?? true
        else { throw Fault(.tokenInvalid) }
        return key.grant
    }
}
