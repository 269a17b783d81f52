import Bus
import Contracts
import EventLog
import Postgres
import ServiceRuntime

extension PostgresAuthStore: SessionRepository {
    func begin(_ signIn: SignIn) async throws -> Member {
        try await write(in: signIn.session.workspaceID) { try await begin(signIn, $0) }
    }

    func enter(
        _ signIn: SignIn, idempotency: IdempotencyKey?, mint: @Sendable (Member) async throws -> SignedIn
    ) async throws -> Outcome<SignedIn> {
        let workspaceID = signIn.session.workspaceID
        return try await write(in: workspaceID) { transaction in
            if let first = try await stored(SignedIn.self, idempotency, in: workspaceID, transaction) {
                return Outcome(first, isReplayed: true)
            }
            let answer = try await mint(try await begin(signIn, transaction))
            try await store(answer, idempotency, in: workspaceID, transaction)
            return Outcome(answer)
        }
    }

    private func begin(_ signIn: SignIn, _ transaction: Transaction) async throws -> Member {
        let session = signIn.session
        if let rehash = signIn.rehash {
            try await transaction.query(
                """
                UPDATE auth.people SET password_hash = \(rehash.new.text), password_scheme = \(rehash.new.scheme.rawValue)
                WHERE id = \(session.personID) AND password_hash = \(rehash.old.text)
                """)
        }
        let rows = try await transaction.query(
            """
            UPDATE auth.memberships m SET last_used_at = greatest(m.last_used_at, \(session.createdAt))
            FROM auth.people p, auth.workspaces w
            WHERE m.workspace_id = \(session.workspaceID) AND m.person_id = \(session.personID)
                AND p.id = m.person_id AND p.generation = \(session.generation) AND w.id = m.workspace_id
                AND \(unsafe: memberIsWelcome)
            RETURNING \(unsafe: memberColumns)
            """)
        guard let row = try rows.one() else { throw Fault(.unavailable, retryAfterMS: 1000) }
        let member = try Member(row)
        try await transaction.pipeline(signIn.begun.insertions + [signIn.audit.insertion])
        return member
    }

    func renew(
        _ session: SessionReference, idempotency: IdempotencyKey?, at now: Timestamp,
        tokensUntil: @Sendable (Timestamp) -> Timestamp,
        mint: @Sendable (Member, Timestamp) async throws -> SignedIn
    ) async throws -> Outcome<SignedIn> {
        try await write(in: session.workspaceID) { transaction in
            let repeated = try await stored(SignedIn.self, idempotency, in: session.workspaceID, transaction)
            // Also for a repeated request: what has ended gives nothing away any more.
            let (member, expiresAt) = try await goOn(session, at: now, transaction)
            if let repeated { return Outcome(repeated, isReplayed: true) }
            let expiry = tokensUntil(expiresAt)
            try await transaction.query(
                """
                UPDATE auth.sessions SET tokens_until = greatest(tokens_until, \(expiry))
                WHERE workspace_id = \(session.workspaceID) AND id = \(session.sessionID)
                """)
            let reply = try await mint(member, expiry)
            try await store(reply, idempotency, in: session.workspaceID, transaction)
            return Outcome(reply)
        }
    }

    /// Locks a session that has neither ended nor become void.
    /// - Returns: whose it is and when it expires.
    func goOn(
        _ session: SessionReference, at now: Timestamp, _ transaction: Transaction
    ) async throws -> (Member, Timestamp) {
        let rows = try await transaction.query(
            """
            UPDATE auth.sessions s SET last_seen_at = greatest(s.last_seen_at, \(now))
            FROM auth.people p, auth.memberships m, auth.workspaces w
            WHERE s.workspace_id = \(session.workspaceID) AND s.id = \(session.sessionID)
                AND s.person_id = \(session.personID) AND s.ended_at IS NULL AND s.expires_at > \(now)
                AND p.id = s.person_id AND p.generation = s.generation
                AND m.workspace_id = s.workspace_id AND m.person_id = s.person_id AND w.id = s.workspace_id
                AND \(unsafe: memberIsWelcome)
            RETURNING \(unsafe: memberColumns), s.expires_at
            """)
        guard let row = try rows.one() else { throw Fault(.tokenInvalid) }
        return (try Member(row), try row.decode(named: "expires_at"))
    }

    func end(
        _ session: SessionReference, recording entry: AuditEntry, revocation: @Sendable (Timestamp) -> AccessRevoked
    ) async throws -> SessionEnd {
        try await write(in: session.workspaceID) { transaction in
            let rows = try await transaction.query(
                """
                SELECT ended_at IS NOT NULL, tokens_until FROM auth.sessions
                WHERE workspace_id = \(session.workspaceID) AND id = \(session.sessionID)
                    AND person_id = \(session.personID)
                FOR NO KEY UPDATE
                """)
            guard let (hasEnded, tokensUntil) = try rows.one()?.decode((Bool, Timestamp).self) else { return .unknown }
            if hasEnded { return .hadEnded }
            try await transaction.end(session, revoking: revocation(tokensUntil), recording: entry)
            return .ended
        }
    }

    /// The answer that was stored with this key; nil for the first request, and without a key.
    func stored<Reply: BusMessage>(
        _ type: Reply.Type, _ key: IdempotencyKey?, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws -> Reply? {
        guard let key else { return nil }
        return try await replies(key, in: workspaceID).find(
            type, digest: key.digest, fingerprint: key.fingerprint, workspaceID: workspaceID.uuid, in: transaction)
    }

    /// Stores the answer if there is a key.
    func store<Reply: BusMessage>(
        _ reply: Reply, _ key: IdempotencyKey?, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws {
        guard let key else { return }
        try await replies(key, in: workspaceID).store(
            reply, digest: key.digest, fingerprint: key.fingerprint, workspaceID: workspaceID.uuid, in: transaction)
    }
}

extension Transaction {
    /// Ends a session that is locked and has not ended.
    func end(_ session: SessionReference, revoking revoked: AccessRevoked, recording entry: AuditEntry) async throws {
        try await query(
            """
            UPDATE auth.sessions SET ended_at = \(entry.at)
            WHERE workspace_id = \(session.workspaceID) AND id = \(session.sessionID)
            """)
        try await revoke(revoked, in: session.workspaceID, recording: entry)
    }
}

extension NewSession {
    /// Stores the session and its first refresh token.
    var insertions: [Statement] {
        [
            """
            INSERT INTO auth.sessions (workspace_id, id, person_id, generation, created_at, expires_at, tokens_until,
                last_seen_at, address, user_agent)
            VALUES (\(session.workspaceID), \(session.id), \(session.personID), \(session.generation),
                \(session.createdAt), \(session.expiresAt), \(session.tokensUntil), \(session.createdAt),
                \(session.origin.address), \(session.origin.userAgent))
            """,
            refreshToken.insertion(into: session.reference, at: session.createdAt),
        ]
    }
}
