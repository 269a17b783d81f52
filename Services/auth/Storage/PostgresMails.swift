import Contracts
import Foundation
import Postgres

extension PostgresAuthStore: MailRepository {
    /// Stores a letter, sealed, in the transaction of what it is about.
    func insertion(of mail: NewMail) throws -> Statement {
        let sealed = try masterKey.seal(mail.letter.encoded(), for: mail.id, in: mail.workspaceID)
        return """
            INSERT INTO auth.mails (workspace_id, id, letter, created_at, due_at, forget_after)
            VALUES (\(mail.workspaceID), \(mail.id), \(sealed), \(mail.createdAt), \(mail.createdAt),
                \(mail.forgetAfter))
            """
    }

    func claimMails(atMost limit: Int, dueAt now: Timestamp, until leaseEnd: Timestamp) async throws -> [ClaimedMail] {
        let rows = try await jobs.query(
            """
            UPDATE auth.mails m SET due_at = \(leaseEnd), attempts = m.attempts + 1
            FROM (
                SELECT workspace_id, id FROM auth.mails WHERE due_at <= \(now)
                ORDER BY due_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
            ) AS due
            WHERE m.workspace_id = due.workspace_id AND m.id = due.id
            RETURNING m.workspace_id, m.id, m.letter, m.created_at, m.forget_after, m.attempts
            """)
        return try rows.compactMap { row in
            let (workspaceID, id, sealed, createdAt, forgetAfter, attempts) = try row.decode(
                (WorkspaceID, UUID, [UInt8], Timestamp, Timestamp, Int).self)
            // Sealed by another master key: nothing of it can be sent.
            guard let plain = try? masterKey.open(sealed, for: id, in: workspaceID),
                let letter = try? Letter.decoded(from: plain)
            else { return nil }
            return ClaimedMail(
                id: id, workspaceID: workspaceID, letter: letter, createdAt: createdAt, forgetAfter: forgetAfter,
                attempts: attempts)
        }
    }

    func remove(_ mail: ClaimedMail) async throws {
        try await jobs.query(
            "DELETE FROM auth.mails WHERE workspace_id = \(mail.workspaceID) AND id = \(mail.id)")
    }

    func postpone(_ mail: ClaimedMail, until dueAt: Timestamp) async throws {
        try await jobs.query(
            """
            UPDATE auth.mails SET due_at = \(dueAt)
            WHERE workspace_id = \(mail.workspaceID) AND id = \(mail.id) AND attempts = \(mail.attempts)
            """)
    }
}
