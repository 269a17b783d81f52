import Bus
import Contracts

/// Ends one of the caller's sessions, from wherever they are.
struct EndSessionHandler {
    let sessions: any SessionRepository
    let terms: TokenTerms
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: EndSession, from caller: Caller) async throws -> Done {
        let own = try caller.requirePerson()
        let now = now()
        guard let session = try await sessions.session(request.id, of: own.personID) else {
            throw Fault(.sessionNotFound)
        }
        let entry = AuditEntry(
            workspaceID: session.workspaceID, at: now, kind: .sessionEnded, person: own.personID,
            subject: session.sessionID.description)
        let end = try await sessions.end(session, recording: entry) {
            .session(session.sessionID, tokensUntil: $0, tokens: terms, at: now)
        }
        guard end == .ended else { throw Fault(.sessionNotFound) }
        announce(session.workspaceID)
        return Done()
    }
}
