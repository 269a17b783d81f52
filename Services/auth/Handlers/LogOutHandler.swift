import Bus
import Contracts

/// Ends the caller's session; again and again does no more than once.
struct LogOutHandler {
    let sessions: any SessionRepository
    let terms: TokenTerms
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: LogOut, from caller: Caller) async throws -> Done {
        let session = try caller.requireSession()
        let now = now()
        let entry = AuditEntry(
            workspaceID: session.workspaceID, at: now, kind: .signedOut, person: session.personID,
            subject: session.sessionID.description)
        let end = try await sessions.end(session, recording: entry) { tokensUntil in
            .session(session.sessionID, tokensUntil: tokensUntil, tokens: terms, at: now)
        }
        switch end {
        case .ended: announce(session.workspaceID)
        case .hadEnded: break
        case .unknown: throw Fault(.tokenInvalid)
        }
        return Done()
    }
}
