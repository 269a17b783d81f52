import Bus
import Contracts

/// The next access token and refresh token for a refresh token, which is spent by it.
struct RedeemRefreshTokenHandler {
    let sessions: any SessionRepository
    let tokens: AccessTokens
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: RedeemRefreshToken, from caller: Caller) async throws -> SignedIn {
        guard let token = OpaqueToken(request.refreshToken, for: .refresh) else { throw Fault(.tokenInvalid) }
        let now = now()
        let attempt = RefreshAttempt(token, from: request.origin, at: now)
        let refreshed = try await sessions.refresh(
            attempt,
            tokensUntil: { tokens.terms.tokenExpiry(at: now, sessionExpiresAt: $0) },
            mint: { member, session, expiry in
                try await tokens.mint(
                    for: member, in: session, until: expiry, at: now, refreshToken: attempt.successor)
            },
            revocation: { .session($0.sessionID, tokensUntil: $1, tokens: tokens.terms, at: now) })
        switch refreshed {
        case .signedIn(let signedIn): return signedIn
        case .reused(let workspaceID): announce(workspaceID)
        case .unknown: break
        }
        throw Fault(.tokenInvalid)
    }
}
