import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost

/// Calls in PostgreSQL.
struct PostgresCallRepository: CallRepository {
    let database: Database
    let ingest: CallIngest

    func store(_ calls: [FinishedCall]) async -> [Result<LoggedCall, Fault>] {
        await ingest.store(calls)
    }

    func call(_ id: CallID, in workspaceID: WorkspaceID) async throws -> CallRecord {
        let rows = try await database.query(
            """
            SELECT \(unsafe: CallColumns.list(.all)) FROM calls.calls AS call
            LEFT JOIN calls.client_copies AS client
                ON client.workspace_id = call.workspace_id AND client.id = call.client_id
            WHERE call.workspace_id = \(workspaceID) AND call.id = \(id) AND call.deleted_at IS NULL
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        guard let row = try rows.one() else { throw Fault(.callNotFound) }
        return try CallColumns.record(row)
    }

    func page(_ request: ListCalls, in workspaceID: WorkspaceID) async throws -> CallPage {
        var statements = [pageStatement(request, in: workspaceID)]
        if request.wantsTotal { statements.append(totalStatement(request, in: workspaceID)) }
        let results = try await database.pipeline(statements, workspaces: [workspaceID.uuid], access: .readOnly)
        var calls = try results[0].map(CallColumns.record)
        let hasMore = calls.count > request.limit
        if hasMore { calls.removeLast() }
        let next = hasMore ? calls.last.map { PageCursor(at: $0.facts.createdAt, id: $0.id.uuid) } : nil
        let total = request.wantsTotal ? try results[1].one()?.decode(Int.self, at: 0) ?? 0 : 0
        return CallPage(calls: calls, total: total, next: next)
    }

    private func pageStatement(_ request: ListCalls, in workspaceID: WorkspaceID) -> Statement {
        let from = request.from?.start ?? Timestamp(microseconds: -62_135_596_800_000_000)
        let until = request.through.map { $0.adding(days: 1).start } ?? Timestamp(microseconds: 253_402_300_800_000_000)
        let columns = CallColumns.list(request.texts)
        let after = request.after ?? PageCursor(at: until, id: UUID(uuid: Self.highestUUID))
        let offset = request.after == nil ? request.offset : 0
        var values: [any SQLValue] = [workspaceID, from, until, after.at, after.id, request.limit + 1, offset]
        // A text of its own for each shape, so that each is planned for its own index.
        if let client = request.clientID { values.append(client) }
        let sql = """
            SELECT \(columns) FROM (
                SELECT * FROM calls.calls AS call
                WHERE call.workspace_id = $1 AND call.deleted_at IS NULL
                    AND call.created_at >= $2 AND call.created_at < $3 AND (call.created_at, call.id) < ($4, $5)
                    \(request.clientID == nil ? "" : "AND call.client_id = $8")
                ORDER BY call.created_at DESC, call.id DESC LIMIT $6 OFFSET $7
            ) AS call
            LEFT JOIN calls.client_copies AS client
                ON client.workspace_id = call.workspace_id AND client.id = call.client_id
            ORDER BY call.created_at DESC, call.id DESC
            """
        return Statement(unsafe: sql, binding: values)
    }

    private func totalStatement(_ request: ListCalls, in workspaceID: WorkspaceID) -> Statement {
        let from = request.from ?? CalendarDay(daysSince1970: -719_162)
        let through = request.through ?? CalendarDay(daysSince1970: 2_932_896)
        let client: ClientID? = request.clientID
        return """
            SELECT coalesce(sum(calls), 0)::bigint FROM calls.call_counts
            WHERE workspace_id = \(workspaceID) AND day BETWEEN \(from) AND \(through)
                AND (\(client)::uuid IS NULL OR client_id = \(client))
            """
    }

    private static let highestUUID: uuid_t = (
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255
    )
}

/// The columns of a call as queries read them.
enum CallColumns {
    static func list(_ texts: ListCalls.Texts) -> String {
        """
        call.id, call.client_id, call.agent_id, call.campaign_id, call.channel, call.status, call.success,
        call.sentiment, call.duration_ms, call.stt_micros, call.llm_micros, call.tts_micros, call.cost_micros,
        call.end_category, call.is_simulated, call.created_at, client.name, client.phone_number, call.other_phone,
        call.other_name, \(texts == .all ? "call.transcript" : "''"), call.recording_url,
        \(texts == .none ? "NULL::text" : "call.notes"), call.end_code, call.ended_at, call.version
        """
    }

    /// Reads a row of `list`.
    static func record(_ row: Row) throws -> CallRecord {
        let facts = CallFacts(
            clientID: try row[1], agentID: try row[2], campaignID: try row[3],
            channel: try value(row[4]), status: try value(row[5]), success: try row[6], sentiment: try value(row[7]),
            durationMS: try row[8],
            latencies: ComponentLatencies(sttMicros: try row[9], llmMicros: try row[10], ttsMicros: try row[11]),
            costMicros: try row[12], endCategory: try (row[13] as String?).map { try value($0) },
            isSimulated: try row[14], createdAt: try row[15])
        return CallRecord(
            id: try row[0], facts: facts, clientName: try row[16], clientPhone: try row[17],
            otherPartyPhone: try row[18], otherPartyName: try row[19], transcript: try row[20],
            recordingURL: try row[21], notes: try row[22], carrierEndCode: try row[23], endedAt: try row[24],
            version: try row[25])
    }

    private static func value<Kind: RawRepresentable<String>>(_ text: String) throws -> Kind {
        guard let value = Kind(rawValue: text) else {
            throw DatabaseError(.decoding, "\"\(text)\" is no \(Kind.self).")
        }
        return value
    }
}
