import Foundation
import Postgres
import TestSupport

/// A row of calls.conversations with its call and what was said in it.
struct StoredTalk: Sendable {
    struct Turn: Sendable {
        let number: Int
        let isAnswer: Bool
        let text: String
        /// Of the message that was said or answered.
        let messageID: UUID
    }

    let id: String
    let workspaceID: String
    /// As the row counts them.
    let turnCount: Int
    let isClosed: Bool
    /// Of the call; empty where there is none.
    let status: String
    let rating: Int?
    let transcript: String
    let isAnalysed: Bool
    fileprivate(set) var turns: [Turn] = []

    var isEnded: Bool { status == "completed" || status == "failed" }

    static func all(of tenants: [Tenant], on stack: Stack) async throws -> [StoredTalk] {
        let ids = tenants.compactMap { UUID(uuidString: $0.workspaceID) }
        let rows = try await stack.query(
            """
            SELECT talk.id, workspace_id, talk.turns::bigint, talk.is_ended, coalesce(call.status, ''),
                call.rating::bigint, coalesce(call.transcript, ''), coalesce(detail.analysis IS NOT NULL, false)
            FROM calls.conversations AS talk
            LEFT JOIN calls.calls AS call USING (workspace_id, id)
            LEFT JOIN calls.call_details AS detail USING (workspace_id, id)
            WHERE workspace_id = ANY (\(ids)) ORDER BY talk.id
            """)
        let turns = Dictionary(grouping: try await Self.turns(of: ids, on: stack), by: \.id).mapValues {
            $0.map(\.turn)
        }
        return try rows.map { row in
            let (id, workspace, count, isClosed, status, rating, transcript, isAnalysed) = try row.decode(
                (UUID, UUID, Int, Bool, String, Int?, String, Bool).self)
            let text = id.uuidString.lowercased()
            return StoredTalk(
                id: text, workspaceID: workspace.uuidString.lowercased(), turnCount: count, isClosed: isClosed,
                status: status, rating: rating, transcript: transcript, isAnalysed: isAnalysed, turns: turns[text] ?? []
            )
        }
    }

    private static func turns(of ids: [UUID], on stack: Stack) async throws -> [(id: String, turn: Turn)] {
        try await stack.query(
            """
            SELECT call_id, number::bigint, speaker, text, message_id FROM calls.turns
            WHERE workspace_id = ANY (\(ids)) ORDER BY call_id, number
            """
        ).map { row in
            let (id, number, speaker, text, messageID) = try row.decode((UUID, Int, String, String, UUID).self)
            return (
                id.uuidString.lowercased(),
                Turn(number: number, isAnswer: speaker == "agent", text: text, messageID: messageID)
            )
        }
    }
}
