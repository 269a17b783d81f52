import Contracts
import Foundation
import Postgres
import ServiceHost

/// A call of which it is to be made out what was said, taken by this process for a while.
struct AnalysisTask: Sendable {
    let key: CallKey
    /// How often it was tried, this time included.
    let tries: Int
    let token: UUID
}

/// Which calls are to be analysed, and by whom just now; in PostgreSQL, so that it outlives every process.
struct AnalysisQueue: Sendable {
    /// How long one that was taken is left alone. Longer than an analysis may take.
    static let leaseSeconds = 90

    /// Sees every workspace.
    let jobs: Database
    /// Whether calls of which somebody said how the other party felt are taken, too.
    var includesStated = true

    /// Adds those of the calls that have ended with a transcript and are not understood yet.
    /// - Parameter includesStated: also those of which somebody said how the other party felt; they come last.
    static func add(_ calls: [CallKey], includesStated: Bool) -> Statement {
        """
        INSERT INTO calls.analyses (workspace_id, call_id, priority)
        SELECT call.workspace_id, call.id, CASE WHEN coalesce(detail.is_sentiment_stated, true) THEN 1 ELSE 0 END
        FROM unnest(\(calls.map(\.workspaceID)), \(calls.map(\.id))) AS changed (workspace_id, id)
        JOIN calls.calls AS call USING (workspace_id, id)
        LEFT JOIN calls.call_details AS detail USING (workspace_id, id)
        WHERE call.deleted_at IS NULL AND call.status IN ('completed', 'failed') AND call.transcript <> ''
            AND detail.analysis IS NULL AND (\(includesStated) OR NOT coalesce(detail.is_sentiment_stated, true))
        ORDER BY 1, 2
        ON CONFLICT DO NOTHING
        """
    }

    func take(limit: Int) async throws -> [AnalysisTask] {
        let token = UUID()
        let rows = try await jobs.query(
            """
            WITH due AS (
                SELECT workspace_id, call_id FROM calls.analyses
                WHERE due_at <= clock_timestamp() AND (\(includesStated) OR priority = 0)
                ORDER BY priority, due_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
            )
            UPDATE calls.analyses AS task SET tries = tries + 1, token = \(token),
                due_at = clock_timestamp() + \(Self.leaseSeconds) * interval '1 second'
            FROM due WHERE task.workspace_id = due.workspace_id AND task.call_id = due.call_id
            RETURNING task.workspace_id, task.call_id, task.tries
            """)
        return try rows.map {
            AnalysisTask(
                key: CallKey(workspaceID: try $0[0], id: try $0[1]), tries: Int(try $0[2] as Int32), token: token)
        }
    }

    /// They are done, or given up.
    func finish(_ tasks: [AnalysisTask]) async throws {
        guard !tasks.isEmpty else { return }
        try await jobs.query(
            """
            DELETE FROM calls.analyses USING unnest(\(tasks.map(\.key.workspaceID)), \(tasks.map(\.key.id)),
                \(tasks.map(\.token))) AS done (workspace_id, call_id, token)
            WHERE analyses.workspace_id = done.workspace_id AND analyses.call_id = done.call_id
                AND analyses.token = done.token
            """)
    }

    /// It is to be tried again after a while.
    /// - Parameter counts: whether this try counts; one says nothing of the call when nobody could look at it.
    func putBack(_ task: AnalysisTask, seconds: Int, counts: Bool = true) async throws {
        try await jobs.query(
            """
            UPDATE calls.analyses SET due_at = clock_timestamp() + \(seconds) * interval '1 second',
                tries = greatest(tries - \(Int32(counts ? 0 : 1)), 0)
            WHERE workspace_id = \(task.key.workspaceID) AND call_id = \(task.key.id) AND token = \(task.token)
            """)
    }
}
