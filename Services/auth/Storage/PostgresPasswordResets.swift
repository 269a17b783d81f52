import Bus
import Contracts
import Foundation
import Postgres

extension PostgresAuthStore: PasswordResetRepository {
    func add(_ reset: PasswordReset, mail: NewMail, recording entry: AuditEntry) async throws {
        try await write(in: reset.workspaceID) { transaction in
            let live = try await transaction.query(
                """
                SELECT count(*) FROM auth.password_resets
                WHERE workspace_id = \(reset.workspaceID) AND person_id = \(reset.personID)
                    AND used_at IS NULL AND expires_at > \(reset.createdAt)
                """)
            var statements = [entry.insertion]
            if try live[0].decode(Int.self, at: 0) < PasswordReset.mostAtOnce {
                statements = [reset.insertion, try insertion(of: mail)] + statements
            }
            try await transaction.pipeline(statements)
        }
    }

    func passwordReset(_ id: UUID) async throws -> StoredPasswordReset? {
        let rows = try await jobs.query(
            """
            SELECT r.person_id, r.workspace_id, p.email, r.secret_hash, r.generation, r.expires_at, r.used_at IS NOT NULL
            FROM auth.password_resets r JOIN auth.people p ON p.id = r.person_id
            WHERE r.id = \(id)
            """, access: .readOnly)
        guard let row = try rows.one() else { return nil }
        let (personID, workspaceID, email, hash, generation, expiresAt, isUsed) = try row.decode(
            (PersonID, WorkspaceID, String, [UInt8], Int, Timestamp, Bool).self)
        return StoredPasswordReset(
            personID: personID, workspaceID: workspaceID, email: EmailAddress(stored: email), hash: hash,
            generation: generation, expiresAt: expiresAt, isUsed: isUsed)
    }

    func redeem(
        _ id: UUID, _ reset: StoredPasswordReset, settingPassword password: PasswordHash, mail: NewMail,
        recording entry: AuditEntry, revocation: @Sendable (Int, Timestamp?) -> AccessRevoked
    ) async throws {
        let tokensUntil = try await lastTokenEnd(of: reset.personID)
        try await write(in: reset.workspaceID) { transaction in
            let spent = try await transaction.query(
                """
                UPDATE auth.password_resets SET used_at = \(entry.at)
                WHERE workspace_id = \(reset.workspaceID) AND id = \(id) AND used_at IS NULL AND expires_at > \(entry.at)
                """)
            let rows = try await transaction.query(
                """
                UPDATE auth.people
                SET password_hash = \(password.text), password_scheme = \(password.scheme.rawValue),
                    generation = generation + 1
                WHERE id = \(reset.personID) AND generation = \(reset.generation) AND is_active
                RETURNING generation
                """)
            guard spent.affectedCount == 1, let generation = try rows.one()?.decode(Int.self, at: 0) else {
                throw Fault(.resetTokenInvalid, field: "token")
            }
            try await transaction.query(insertion(of: mail))
            try await transaction.revoke(
                revocation(generation, tokensUntil), in: reset.workspaceID, recording: entry)
        }
    }
}

extension PasswordReset {
    fileprivate var insertion: Statement {
        """
        INSERT INTO auth.password_resets
            (workspace_id, id, person_id, secret_hash, generation, created_at, expires_at)
        VALUES (\(workspaceID), \(token.id), \(personID), \(token.hash), \(generation), \(createdAt), \(expiresAt))
        """
    }
}
