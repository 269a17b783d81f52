import Contracts
import Postgres
import ServiceHost
import ServiceRuntime

/// Vectors of passages as those who make them share the work, in any number of processes.
struct PostgresVectorJobs: VectorJobs {
    /// Logged in as a role that sees every workspace.
    let jobs: Database

    /// Documents whose vectors of another model are given up at a time.
    private static let mostGivenUp = 1000

    func take(model: String, leaseSeconds: Int) async throws -> VectorJob? {
        var job = try await takeNew(model: model, leaseSeconds: leaseSeconds)
        if job == nil, try await giveUpOthers(than: model) > 0 {
            job = try await takeNew(model: model, leaseSeconds: leaseSeconds)
        }
        if job != nil { try await Failpoint.hit("agents.vectors-taken") }
        return job
    }

    /// The last that fell due, so that what was just added need not wait for everything that was there before; behind all
    /// of them those that came to nothing, the one that has waited longest first.
    private func takeNew(model: String, leaseSeconds: Int) async throws -> VectorJob? {
        if let job = try await take("embed_tries = 0", "embed_due_at DESC", model, leaseSeconds) { return job }
        return try await take("embed_tries > 0", "embed_due_at", model, leaseSeconds)
    }

    /// - Parameters: as the indexes have them.
    private func take(
        _ condition: String, _ order: String, _ model: String, _ leaseSeconds: Int
    ) async throws -> VectorJob? {
        let rows = try await jobs.query(
            """
            WITH due AS (
                SELECT workspace_id, id FROM agents.documents
                WHERE status = 'ready' AND embedded_model IS NULL AND \(unsafe: condition)
                    AND embed_due_at <= statement_timestamp() AND embed_lease_until < clock_timestamp()
                ORDER BY \(unsafe: order) LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            UPDATE agents.documents AS d SET embed_fence = d.embed_fence + 1, embed_tries = d.embed_tries + 1,
                embed_lease_until = clock_timestamp() + \(leaseSeconds) * interval '1 second'
            FROM due WHERE d.workspace_id = due.workspace_id AND d.id = due.id
            RETURNING d.workspace_id, d.id, d.embed_fence, d.embed_tries
            """)
        guard let row = try rows.one() else { return nil }
        let tries: Int32 = try row[3]
        return VectorJob(
            workspaceID: try row[0], documentID: try row[1], model: model, fence: try row[2], tries: Int(tries))
    }

    /// Documents of other models wait like new ones, a part of them at a time. Their vectors stay until they are replaced.
    private func giveUpOthers(than model: String) async throws -> Int {
        try await jobs.query(
            """
            WITH others AS (
                SELECT workspace_id, id FROM agents.documents
                WHERE status = 'ready' AND (embedded_model < \(model) OR embedded_model > \(model))
                LIMIT \(Self.mostGivenUp) FOR UPDATE SKIP LOCKED
            )
            UPDATE agents.documents AS d SET embedded_model = NULL FROM others
            WHERE d.workspace_id = others.workspace_id AND d.id = others.id
            """
        ).affectedCount
    }

    func passages(of job: VectorJob, limit: Int) async throws -> [WaitingPassage] {
        try await jobs.query(
            """
            SELECT p.number, p.body FROM agents.passages AS p
            WHERE p.workspace_id = \(job.workspaceID) AND p.document_id = \(job.documentID)
                AND NOT EXISTS (SELECT FROM agents.passage_vectors AS v
                    WHERE v.workspace_id = p.workspace_id AND v.document_id = p.document_id AND v.number = p.number
                        AND v.model = \(job.model))
            ORDER BY p.number LIMIT \(limit)
            """, access: .readOnly
        ).map { WaitingPassage(number: try $0[0], text: try $0[1]) }
    }

    func store(
        _ vectors: [(number: Int32, vector: TextVector)], of job: VectorJob, leaseSeconds: Int
    ) async throws -> Bool {
        let isStored: Bool = try await jobs.transaction { transaction in
            // The row of the document keeps whoever reads it anew or deletes it waiting.
            let held = try await transaction.query(
                Self.change(
                    job,
                    "embed_lease_until = clock_timestamp() + \(leaseSeconds) * interval '1 second', embed_tries = 1"))
            guard held.affectedCount == 1 else { return false }
            try await transaction.pipeline(vectors.map { Self.insert($0.vector, number: $0.number, of: job) })
            return true
        }
        try await Failpoint.hit("agents.vectors-stored")
        return isStored
    }

    func renew(_ job: VectorJob, leaseSeconds: Int) async throws -> Bool {
        try await change(job, "embed_lease_until = clock_timestamp() + \(leaseSeconds) * interval '1 second'")
    }

    func finish(_ job: VectorJob) async throws -> Bool {
        try await change(job, "embedded_model = \(job.model), embed_tries = 0, embed_lease_until = '-infinity'")
    }

    func postpone(_ job: VectorJob, seconds: Double) async throws -> Bool {
        try await change(
            job,
            """
            embed_due_at = clock_timestamp() + \(seconds) * interval '1 second', embed_lease_until = '-infinity'
            """)
    }

    func release(_ job: VectorJob) async throws {
        _ = try await change(job, "embed_tries = greatest(d.embed_tries - 1, 0), embed_lease_until = '-infinity'")
    }

    func waiting(model: String) async throws -> Int {
        try await jobs.query(
            """
            SELECT coalesce(sum(passages), 0)::bigint FROM agents.documents
            WHERE status = 'ready'
                AND (embedded_model IS NULL OR embedded_model < \(model) OR embedded_model > \(model))
            """, access: .readOnly)[0][0]
    }

    private func change(_ job: VectorJob, _ assignments: Statement) async throws -> Bool {
        try await jobs.query(Self.change(job, assignments)).affectedCount == 1
    }

    private static func change(_ job: VectorJob, _ assignments: Statement) -> Statement {
        """
        UPDATE agents.documents AS d SET \(assignments)
        WHERE d.workspace_id = \(job.workspaceID) AND d.id = \(job.documentID) AND d.embed_fence = \(job.fence)
            AND d.status = 'ready'
        """
    }

    private static func insert(_ vector: TextVector, number: Int32, of job: VectorJob) -> Statement {
        """
        INSERT INTO agents.passage_vectors (workspace_id, document_id, number, model, vector, signature)
        VALUES (\(job.workspaceID), \(job.documentID), \(number), \(job.model), \(vector.numbers),
            \(vector.signature)::bit varying)
        ON CONFLICT (workspace_id, document_id, number) DO UPDATE
        SET model = excluded.model, vector = excluded.vector, signature = excluded.signature
        """
    }
}
