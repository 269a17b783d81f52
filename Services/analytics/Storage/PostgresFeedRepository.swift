import Bus
import Contracts
import EventLog
import Postgres
import ServiceHost
import ServiceRuntime

struct PostgresFeedRepository: FeedRepository {
    /// Logged in as the service.
    let database: Database
    /// Logged in as a role that sees and writes every workspace.
    let jobs: Database

    private static func positions(in owner: String) -> EventPositions {
        EventPositions(schema: "analytics", owner: "\(owner)-feed")
    }

    func feedPositions(in owner: String) async throws -> [Int] {
        try await Self.positions(in: owner).load(from: jobs)
    }

    func append(
        _ change: FeedChange, of batch: [EventRecord], owner: String, from expected: [Int], at now: Timestamp
    ) async throws -> [FeedHeads.Head] {
        let positions = Self.positions(in: owner)
        let facts = change.facts.sorted { $0.key.uuid < $1.key.uuid }
        let stages = CommitStages(commitSent: { try? Failpoint.hit("analytics.feed-commit-sent") })
        return try await jobs.transaction(stages: stages) { transaction in
            try await positions.lock(for: batch, at: expected, in: transaction)
            try await transaction.pipeline(Self.documentStatements(change))
            try await positions.move(past: batch, from: expected, in: transaction)
            guard !facts.isEmpty else { return [] }
            // Last, since it locks the workspaces' heads until commit.
            let rows = try await transaction.query(Self.appending(facts, at: now))
            try await Failpoint.hit("analytics.feed-written")
            return try rows.map { FeedHeads.Head(workspaceID: try $0[0], number: try $0[1]) }
        }
    }

    /// Moves the heads and stores the entries below them; workspaces in the order of their ids, so that two who append
    /// never wait for one another in a circle.
    private static func appending(_ facts: [(key: WorkspaceID, value: [FeedFact])], at now: Timestamp) -> Statement {
        var (owners, befores, counts, chunks): ([WorkspaceID], [Int], [Int], [[UInt8]]) = ([], [], [], [])
        for (workspaceID, facts) in facts {
            for start in stride(from: 0, to: facts.count, by: FeedChunk.mostEntries) {
                let part = facts[start..<min(facts.count, start + FeedChunk.mostEntries)]
                owners.append(workspaceID)
                befores.append(facts.count - start - part.count)
                counts.append(part.count)
                chunks.append(FeedChunk.encoded(part))
            }
        }
        return """
            WITH heads AS (
                INSERT INTO analytics.feed_heads AS kept (workspace_id, number)
                SELECT * FROM unnest(\(facts.map(\.key)), \(facts.map(\.value.count)))
                ON CONFLICT (workspace_id) DO UPDATE SET number = kept.number + excluded.number
                RETURNING workspace_id, number
            ), stored AS (
                INSERT INTO analytics.feed (workspace_id, last_number, first_number, entries, created_at)
                SELECT heads.workspace_id, heads.number - chunk.behind, heads.number - chunk.behind - chunk.n + 1,
                    chunk.entries, \(now)
                FROM unnest(\(owners), \(befores), \(counts), \(chunks)) AS chunk (workspace_id, behind, n, entries)
                JOIN heads ON heads.workspace_id = chunk.workspace_id
            )
            SELECT workspace_id, number FROM heads
            """
    }

    private static func documentStatements(_ change: FeedChange) -> [Statement] {
        let sorted = change.documents.sorted {
            ($0.key.workspaceID.uuid, $0.key.id.uuid) < ($1.key.workspaceID.uuid, $1.key.id.uuid)
        }
        let kept = sorted.compactMap { key, document in document.map { (key: key, document: $0) } }
        let gone = sorted.filter { $0.value == nil }.map(\.key)
        var statements: [Statement] = []
        if !kept.isEmpty {
            statements.append(
                """
                INSERT INTO analytics.feed_documents (workspace_id, document_id, name, reason)
                SELECT * FROM unnest(\(kept.map(\.key.workspaceID)), \(kept.map(\.key.id)),
                    \(kept.map(\.document.name)), \(kept.map(\.document.reason)))
                ON CONFLICT (workspace_id, document_id)
                    DO UPDATE SET name = excluded.name, reason = excluded.reason
                """)
        }
        if !gone.isEmpty {
            statements.append(
                """
                DELETE FROM analytics.feed_documents WHERE (workspace_id, document_id) IN (
                    SELECT * FROM unnest(\(gone.map(\.workspaceID)), \(gone.map(\.id))))
                """)
        }
        return statements
    }

    func page(of workspaceID: WorkspaceID, after number: Int, limit: Int) async throws -> FeedPage {
        // One snapshot: both ends belong to the entries.
        let results = try await database.pipeline(
            [
                """
                SELECT head.number, coalesce(
                    (SELECT first_number FROM analytics.feed WHERE workspace_id = \(workspaceID)
                     ORDER BY last_number LIMIT 1), head.number + 1)
                FROM analytics.feed_heads AS head WHERE head.workspace_id = \(workspaceID)
                """,
                """
                SELECT first_number, entries, created_at FROM analytics.feed
                WHERE workspace_id = \(workspaceID) AND last_number > \(number)
                    AND first_number <= \(number.addingReportingOverflow(limit).partialValue)
                ORDER BY last_number LIMIT \(limit)
                """,
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let ends = try results[0].one().map { (try $0[0] as Int, try $0[1] as Int) } ?? (0, 1)
        var entries: [FeedEntry] = []
        for row in results[1] where entries.count < limit {
            entries += try FeedChunk.entries(of: try row[1], from: try row[0], at: try row[2])
                .filter { $0.number > number }
        }
        entries = Array(entries.prefix(limit))
        let documents = try await documents(of: entries, in: workspaceID)
        // What came between the two statements is newer than the head that the first one saw.
        return FeedPage(
            entries: entries, documents: documents, head: max(ends.0, entries.last?.number ?? 0), oldest: ends.1)
    }

    private func documents(of entries: [FeedEntry], in workspaceID: WorkspaceID) async throws -> [FeedPage.Document] {
        let ids = Set(entries.compactMap { if case .document(let id, _, _) = $0.fact { id } else { nil } })
        guard !ids.isEmpty else { return [] }
        let rows = try await database.query(
            """
            SELECT document_id, name, reason FROM analytics.feed_documents
            WHERE workspace_id = \(workspaceID) AND document_id = ANY (\(Array(ids)))
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.map { FeedPage.Document(id: try $0[0], name: try $0[1], reason: try $0[2]) }
    }

    func heads(of workspaceIDs: [WorkspaceID]) async throws -> [FeedHeads.Head] {
        let rows = try await database.query(
            "SELECT workspace_id, number FROM analytics.feed_heads WHERE workspace_id = ANY (\(workspaceIDs))",
            workspaces: workspaceIDs.map(\.uuid), access: .readOnly)
        return try rows.map { FeedHeads.Head(workspaceID: try $0[0], number: try $0[1]) }
    }

    func trim(to bounds: FeedBounds, at now: Timestamp) async throws -> Int {
        let old: Statement = """
            DELETE FROM analytics.feed WHERE (workspace_id, last_number) IN (
                SELECT workspace_id, last_number FROM analytics.feed
                WHERE created_at < \(now.adding(seconds: -3600 * bounds.hours))
                ORDER BY created_at, last_number LIMIT 1000)
            RETURNING last_number - first_number + 1
            """
        let beyond: Statement = """
            DELETE FROM analytics.feed WHERE (workspace_id, last_number) IN (
                SELECT feed.workspace_id, feed.last_number
                FROM analytics.feed_heads AS head JOIN analytics.feed AS feed
                    ON feed.workspace_id = head.workspace_id AND feed.last_number <= head.number - \(bounds.entries)
                LIMIT 1000)
            RETURNING last_number - first_number + 1
            """
        var sum = 0
        for statement in [old, beyond] {
            for _ in 0..<100 {
                let rows = try await jobs.query(statement)
                for row in rows { sum += try row[0] as Int }
                if rows.count < 1000 { break }
            }
        }
        return sum
    }
}
