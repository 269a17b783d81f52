import Contracts
import EventLog
import Postgres
import ServiceHost
import ServiceRuntime

/// Documents as readers in any number of processes share them.
struct PostgresDocumentJobs: DocumentJobs {
    /// Logged in as a role that sees every workspace.
    let jobs: Database
    /// After each commit.
    var announce: @Sendable (WorkspaceID) -> Void = { _ in }

    func take(leaseSeconds: Int) async throws -> DocumentJob? {
        let job: DocumentJob? = try await jobs.transaction { transaction in
            let rows = try await transaction.query(
                """
                WITH due AS (
                    SELECT workspace_id, id FROM agents.documents
                    WHERE status IN ('pending', 'processing') AND due_at <= clock_timestamp()
                        AND lease_until < clock_timestamp()
                    ORDER BY (SELECT count(*) FROM agents.documents AS read
                        WHERE read.workspace_id = documents.workspace_id AND read.status = 'processing'
                            AND read.lease_until > clock_timestamp()), due_at
                    LIMIT 1 FOR UPDATE SKIP LOCKED
                )
                UPDATE agents.documents AS d SET status = 'processing', progress_percent = 0, reason = NULL,
                    fence = d.fence + 1, tries = d.tries + 1, updated_at = clock_timestamp(),
                    lease_until = clock_timestamp() + \(leaseSeconds) * interval '1 second'
                FROM due WHERE d.workspace_id = due.workspace_id AND d.id = due.id
                RETURNING \(unsafe: Self.columns), d.workspace_id, d.fence, d.tries
                """)
            guard let row = try rows.one() else { return nil }
            let tries: Int32 = try row[18]
            let job = DocumentJob(
                workspaceID: try row[16], document: try DocumentRows.document(row), fence: try row[17],
                tries: Int(tries))
            try await Self.tell(job.document.record, of: job, transaction)
            return job
        }
        if let job {
            announce(job.workspaceID)
            try await Failpoint.hit("agents.document-taken")
        }
        return job
    }

    func renew(_ job: DocumentJob, leaseSeconds: Int) async throws -> Bool {
        try await jobs.query(
            """
            UPDATE agents.documents
            SET lease_until = clock_timestamp() + \(leaseSeconds) * interval '1 second'
            WHERE workspace_id = \(job.workspaceID) AND id = \(job.document.record.id) AND fence = \(job.fence)
                AND status = 'processing'
            """
        ).affectedCount == 1
    }

    func note(_ progressPercent: Int, of job: DocumentJob, leaseSeconds: Int) async throws -> Bool {
        try await change(
            job,
            """
            progress_percent = \(Int16(clamping: progressPercent)), lease_until = clock_timestamp()
                + \(leaseSeconds) * interval '1 second'
            """)
    }

    func finish(_ job: DocumentJob, passages: [Passage], faqEntries: Int) async throws -> Bool {
        try await change(
            job,
            """
            status = 'ready', progress_percent = 100, passages = \(Int32(clamping: passages.count)),
                faq_entries = \(Int32(clamping: faqEntries)), reason = NULL, embedded_model = NULL,
                embed_fence = d.embed_fence + 1, embed_tries = 0, embed_due_at = clock_timestamp(),
                embed_lease_until = '-infinity'
            """
        ) { transaction in
            let (workspaceID, id) = (job.workspaceID, job.document.record.id)
            // Made lower-case here: a database with the locale C knows no letters but those of English.
            let workspaces = [WorkspaceID](repeating: workspaceID, count: passages.count)
            try await transaction.pipeline([
                "DELETE FROM agents.passages WHERE workspace_id = \(workspaceID) AND document_id = \(id)",
                """
                INSERT INTO agents.passages
                    (workspace_id, document_id, number, body, body_offset, source_url, words)
                SELECT workspace_id, \(id), number - 1, body, body_offset, source_url,
                    array_to_tsvector(ARRAY['w' || workspace_id]) || to_tsvector('english', lowered)
                FROM unnest(\(workspaces), \(passages.map(\.text)), \(passages.map { $0.text.lowercased() }),
                    \(passages.map { Int32(clamping: $0.offset) }), \(passages.map(\.sourceURL))) WITH ORDINALITY
                    AS given (workspace_id, body, lowered, body_offset, source_url, number)
                """,
            ])
            try await Failpoint.hit("agents.passages-written")
        }
    }

    func fail(_ job: DocumentJob, reason: String) async throws -> Bool {
        try await change(job, "status = 'failed', progress_percent = 100, reason = \(Self.short(reason))")
    }

    func postpone(_ job: DocumentJob, reason: String, seconds: Int) async throws -> Bool {
        try await change(
            job,
            """
            status = 'pending', progress_percent = 0, reason = \(Self.short(reason)), tries = greatest(tries - 1, 0),
                due_at = clock_timestamp() + \(seconds) * interval '1 second', lease_until = '-infinity'
            """)
    }

    func release(_ job: DocumentJob) async throws {
        _ = try await change(
            job, "status = 'pending', progress_percent = 0, tries = greatest(tries - 1, 0), lease_until = '-infinity'")
    }

    func unused(_ keys: [String]) async throws -> [String] {
        try await jobs.query(
            """
            SELECT key FROM unnest(\(keys)) AS given (key)
            WHERE NOT EXISTS (SELECT FROM agents.documents WHERE blob_key = key)
            """, access: .readOnly
        ).map { try $0[0] }
    }

    /// Changes the row while the job's lease is the last one; `more` has its effect in the same transaction.
    private func change(
        _ job: DocumentJob, _ assignments: Statement,
        _ more: @escaping @Sendable (Transaction) async throws -> Void = { _ in }
    ) async throws -> Bool {
        let isDone: Bool = try await jobs.transaction { transaction in
            let rows = try await transaction.query(
                """
                UPDATE agents.documents AS d SET \(assignments), updated_at = clock_timestamp()
                WHERE d.workspace_id = \(job.workspaceID) AND d.id = \(job.document.record.id)
                    AND d.fence = \(job.fence) AND d.status = 'processing'
                RETURNING \(unsafe: Self.columns)
                """)
            guard let row = try rows.one() else { return false }
            try await more(transaction)
            try await Self.tell(try DocumentRows.document(row).record, of: job, transaction)
            return true
        }
        if isDone { announce(job.workspaceID) }
        return isDone
    }

    private static let columns = DocumentRows.columns.split(separator: ", ").map { "d.\($0)" }.joined(separator: ", ")

    private static func tell(_ record: DocumentRecord, of job: DocumentJob, _ transaction: Transaction) async throws {
        try await transaction.append(record.change, workspaceID: job.workspaceID.uuid, to: AgentsStore.schema)
    }

    private static func short(_ reason: String) -> String {
        String(reason.unicodeScalars.prefix(500))
    }
}
