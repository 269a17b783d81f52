import Bus
import Contracts
import EventLog
import Postgres

extension PostgresAuthStore: RevocationRepository {
    func revocations(at now: Timestamp) async throws -> Revocations {
        // One snapshot: an event is either in the entries or after the positions.
        let results = try await jobs.transaction(access: .readOnly, isolation: .repeatableRead) { transaction in
            try await transaction.pipeline([
                "SELECT number FROM auth.event_head ORDER BY partition",
                """
                SELECT session_id, person_id, generation, api_key_id, forget_after FROM auth.revocations
                WHERE forget_after > \(now) ORDER BY id
                """,
            ])
        }
        let positions = try results[0].map { try $0.decode(Int.self, at: 0) }
        guard positions.count == EventPartition.count else {
            throw DatabaseError(
                .decoding, "There are \(positions.count) partitions instead of \(EventPartition.count).")
        }
        let entries = try results[1].map { row in
            let (sessionID, personID, generation, apiKeyID, forgetAfter) = try row.decode(
                (SessionID?, PersonID?, Int?, APIKeyID?, Timestamp).self)
            return AccessRevoked(
                sessionID: sessionID, personID: personID, generation: generation, apiKeyID: apiKeyID,
                forgetAfter: forgetAfter)
        }
        return Revocations(positions: positions, entries: entries)
    }

    func sweep(at now: Timestamp) async throws -> SweptRows {
        var swept = SweptRows()
        swept.revocations = try await inSteps(
            """
            DELETE FROM auth.revocations WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM auth.revocations WHERE forget_after <= \(now) LIMIT 1000)
            """)
        // A session's end stays in the audit log; its row serves the list of recent ones.
        swept.sessions = try await inSteps(
            """
            DELETE FROM auth.sessions WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM auth.sessions WHERE expires_at <= \(now.adding(seconds: -30 * 86_400))
                LIMIT 1000)
            """)
        swept.resets = try await inSteps(
            """
            DELETE FROM auth.password_resets WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM auth.password_resets WHERE expires_at <= \(now.adding(seconds: -86_400))
                LIMIT 1000)
            """)
        // Only what was sealed by another master key is still there by then.
        swept.mails = try await inSteps(
            """
            DELETE FROM auth.mails WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM auth.mails WHERE forget_after <= \(now.adding(seconds: -86_400)) LIMIT 1000)
            """)
        // For a while the list of members shows that nobody came.
        swept.invitations = try await inSteps(
            """
            DELETE FROM auth.invitations WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM auth.invitations WHERE expires_at <= \(now.adding(seconds: -30 * 86_400))
                LIMIT 1000)
            """)
        // Nobody may ask for these again.
        _ = try await inSteps(
            """
            UPDATE auth.refresh_tokens SET answer = NULL WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM auth.refresh_tokens
                WHERE answer IS NOT NULL AND used_at < \(now.adding(seconds: -RefreshAttempt.graceSeconds)) LIMIT 1000)
            """)
        swept.tickets = try await inSteps(
            """
            DELETE FROM auth.spent_tickets WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM auth.spent_tickets WHERE expires_at <= \(now.adding(seconds: -3600))
                LIMIT 1000)
            """)
        swept.replies = try await IdempotentReplies(schema: "auth").sweep(in: jobs)
        return swept
    }

    /// Runs a statement that deletes at most 1000 rows until it deletes fewer, a hundred times at most.
    private func inSteps(_ deletion: Statement) async throws -> Int {
        var sum = 0
        for _ in 0..<100 {
            let count = try await jobs.query(deletion).affectedCount
            sum += count
            if count < 1000 { break }
        }
        return sum
    }
}
