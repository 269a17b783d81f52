import Contracts
import Foundation
import Postgres
import ServiceHost

/// A call of which it is to be made out what was said, taken by this process for a while.
struct AnalysisTask: Sendable {
    let workspaceID: WorkspaceID
    let callID: CallID
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

    /// Adds those of the calls that have ended with a transcript and of which nobody said how the other party felt.
    static func add(_ calls: [CallKey]) -> Statement {
        """
        INSERT INTO calls.analyses (workspace_id, call_id)
        SELECT call.workspace_id, call.id
        FROM unnest(\(calls.map(\.workspaceID)), \(calls.map(\.id))) AS changed (workspace_id, id)
        JOIN calls.calls AS call USING (workspace_id, id)
        JOIN calls.call_details AS detail USING (workspace_id, id)
        WHERE call.deleted_at IS NULL AND call.status IN ('completed', 'failed') AND call.transcript <> ''
            AND NOT detail.is_sentiment_stated AND detail.analysis IS NULL
        ORDER BY 1, 2
        ON CONFLICT DO NOTHING
        """
    }

    func take(limit: Int) async throws -> [AnalysisTask] {
        let token = UUID()
        let rows = try await jobs.query(
            """
            WITH due AS (
                SELECT workspace_id, call_id FROM calls.analyses WHERE due_at <= clock_timestamp()
                ORDER BY due_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
            )
            UPDATE calls.analyses AS task SET tries = tries + 1, token = \(token),
                due_at = clock_timestamp() + \(Self.leaseSeconds) * interval '1 second'
            FROM due WHERE task.workspace_id = due.workspace_id AND task.call_id = due.call_id
            RETURNING task.workspace_id, task.call_id, task.tries
            """)
        return try rows.map {
            AnalysisTask(workspaceID: try $0[0], callID: try $0[1], tries: Int(try $0[2] as Int32), token: token)
        }
    }

    /// It is done, or given up.
    func finish(_ task: AnalysisTask) async throws {
        try await jobs.query(
            """
            DELETE FROM calls.analyses
            WHERE workspace_id = \(task.workspaceID) AND call_id = \(task.callID) AND token = \(task.token)
            """)
    }

    /// It is to be tried again after a while.
    func putBack(_ task: AnalysisTask, seconds: Int) async throws {
        try await jobs.query(
            """
            UPDATE calls.analyses SET due_at = clock_timestamp() + \(seconds) * interval '1 second'
            WHERE workspace_id = \(task.workspaceID) AND call_id = \(task.callID) AND token = \(task.token)
            """)
    }
}
