import Bus
import Contracts

/// A new token for a session that goes on.
struct RenewTokenHandler {
    let sessions: any SessionRepository
    let tokens: AccessTokens
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: RenewToken, from caller: Caller) async throws -> Outcome<SignedIn> {
        let session = try caller.requireSession()
        let now = now()
        return try await sessions.renew(
            session, idempotency: request.idempotency, at: now,
            tokensUntil: { tokens.terms.tokenExpiry(at: now, sessionExpiresAt: $0) },
            mint: { try await tokens.mint(for: $0, in: session, until: $1, at: now) })
    }
}
