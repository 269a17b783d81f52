import Contracts
import Foundation
import Postgres
import TestSupport

/// A row of calls.calls.
struct StoredCall: Sendable {
    let id: String
    let mark: String
    let workspaceID: String
    let clientID: String
    let measures: CallMeasures
    /// A UTC date.
    let day: String

    static func all(of tenants: [Tenant], on stack: Stack) async throws -> [StoredCall] {
        let ids = tenants.compactMap { UUID(uuidString: $0.workspaceID) }
        let rows = try await stack.query(
            """
            SELECT id, other_name, workspace_id, client_id, duration_ms, success, sentiment, stt_micros, llm_micros,
                tts_micros, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
            FROM calls.calls WHERE workspace_id = ANY (\(ids))
            """)
        return try rows.map { row in
            let (id, mark, workspace, client, duration, success, sentiment, stt, llm, tts, day) = try row.decode(
                (UUID, String, UUID, UUID?, Int, Bool, String, Int?, Int?, Int?, String).self)
            return StoredCall(
                id: id.uuidString.lowercased(), mark: mark, workspaceID: workspace.uuidString.lowercased(),
                clientID: client?.uuidString.lowercased() ?? "",
                measures: CallMeasures(
                    durationMS: duration, isSuccess: success, sentiment: sentiment, latencyMicros: [stt, llm, tts]),
                day: day)
        }
    }
}
