import Bus
import Contracts
import Foundation
import Postgres

extension PostgresAuthStore {
    func refresh(
        _ attempt: RefreshAttempt, tokensUntil: @Sendable (Timestamp) -> Timestamp,
        mint: @Sendable (Member, SessionReference, Timestamp) async throws -> SignedIn,
        revocation: @Sendable (SessionReference, Timestamp) -> AccessRevoked
    ) async throws -> Refreshed {
        guard let session = try await session(of: attempt.token) else { return .unknown }
        return try await write(in: session.workspaceID) { transaction in
            // The session first: whoever uses one of its tokens meanwhile waits here.
            guard let (isOver, tokensEnd) = try await lock(session, transaction), !isOver else { return .unknown }
            let stored = try await stored(attempt.token.id, in: session.workspaceID, transaction)
            switch attempt.verdict(usedAt: stored.usedAt, successorIsUsed: stored.successorIsUsed) {
            case .rotate:
                let (member, sessionEnd) = try await goOn(session, at: attempt.now, transaction)
                let expiry = tokensUntil(sessionEnd)
                let answer = try await mint(member, session, expiry)
                try await rotate(attempt, session, answering: answer, until: expiry, transaction)
                return .signedIn(answer)
            case .answerAgain:
                _ = try await goOn(session, at: attempt.now, transaction)
                guard let answer = stored.answer else { return .unknown }
                return .signedIn(
                    try SignedIn.decoded(
                        from: masterKey.open(answer, for: attempt.token.id, in: session.workspaceID)))
            case .endSession:
                try await transaction.end(
                    session, revoking: revocation(session, tokensEnd), recording: attempt.reuse(of: session))
                return .reused(session.workspaceID)
            }
        }
    }

    /// Whose session a token belongs to; nil for a token that was never handed out.
    private func session(of token: OpaqueToken) async throws -> SessionReference? {
        let rows = try await jobs.query(
            """
            SELECT t.workspace_id, t.session_id, s.person_id, t.secret_hash
            FROM auth.refresh_tokens t JOIN auth.sessions s ON s.workspace_id = t.workspace_id AND s.id = t.session_id
            WHERE t.id = \(token.id)
            """, access: .readOnly)
        guard
            let (workspaceID, sessionID, personID, hash) = try rows.one()?.decode(
                (WorkspaceID, SessionID, PersonID, [UInt8]).self), token.matches(hash)
        else { return nil }
        return SessionReference(sessionID: sessionID, personID: personID, workspaceID: workspaceID)
    }

    /// - Returns: whether the session has ended, and when its last access token expires; nil when it is gone.
    private func lock(_ session: SessionReference, _ transaction: Transaction) async throws -> (Bool, Timestamp)? {
        try await transaction.query(
            """
            SELECT ended_at IS NOT NULL, tokens_until FROM auth.sessions
            WHERE workspace_id = \(session.workspaceID) AND id = \(session.sessionID) FOR NO KEY UPDATE
            """
        ).one()?.decode((Bool, Timestamp).self)
    }

    private func stored(
        _ id: UUID, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws -> (usedAt: Timestamp?, answer: [UInt8]?, successorIsUsed: Bool) {
        let rows = try await transaction.query(
            """
            SELECT t.used_at, t.answer, next.used_at IS NOT NULL
            FROM auth.refresh_tokens t LEFT JOIN auth.refresh_tokens next
                ON next.workspace_id = t.workspace_id AND next.id = t.successor_id
            WHERE t.workspace_id = \(workspaceID) AND t.id = \(id)
            """)
        guard let row = try rows.one() else { throw Fault(.tokenInvalid) }
        return try row.decode((Timestamp?, [UInt8]?, Bool).self)
    }

    private func rotate(
        _ attempt: RefreshAttempt, _ session: SessionReference, answering answer: SignedIn, until expiry: Timestamp,
        _ transaction: Transaction
    ) async throws {
        let (workspaceID, token) = (session.workspaceID, attempt.token)
        let sealed = try masterKey.seal(answer.encoded(), for: token.id, in: workspaceID)
        try await transaction.pipeline([
            """
            UPDATE auth.sessions SET tokens_until = greatest(tokens_until, \(expiry))
            WHERE workspace_id = \(workspaceID) AND id = \(session.sessionID)
            """,
            // The answer before this one was received: its token is used now.
            """
            UPDATE auth.refresh_tokens SET answer = NULL
            WHERE workspace_id = \(workspaceID) AND successor_id = \(token.id)
            """,
            """
            UPDATE auth.refresh_tokens
            SET used_at = \(attempt.now), successor_id = \(attempt.successor.id), answer = \(sealed)
            WHERE workspace_id = \(workspaceID) AND id = \(token.id)
            """,
            attempt.successor.insertion(into: session, at: attempt.now),
        ])
    }
}

extension OpaqueToken {
    /// Stores it as the refresh token of a session.
    func insertion(into session: SessionReference, at now: Timestamp) -> Statement {
        """
        INSERT INTO auth.refresh_tokens (workspace_id, id, session_id, secret_hash, created_at)
        VALUES (\(session.workspaceID), \(id), \(session.sessionID), \(hash), \(now))
        """
    }
}
