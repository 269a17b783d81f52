import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost

/// Finds calls by their words.
struct CallSearch: Sendable {
    /// The newest so many that fit are ranked; older ones are not looked at.
    static let candidates = 1000

    /// Sees the rows of the workspaces that a transaction names.
    let database: Database
    /// Sees every row. The index of words can only be used by a role whose rows need no further check, so each statement
    /// names its workspace itself.
    let jobs: Database

    /// The best first, with where the words stand; the total is that of the candidates. A page whose transcripts would
    /// not fit a message is cut, and names the next one.
    func page(_ query: SearchQuery, _ request: ListCalls, in workspaceID: WorkspaceID) async throws -> CallPage {
        let offset = try request.after.map(Self.offset) ?? request.offset
        let (ids, total) = try await found(query, request, from: offset, in: workspaceID)
        guard !ids.isEmpty else { return CallPage(calls: [], total: total, next: nil) }
        let rows = try await database.query(
            """
            SELECT \(unsafe: CallColumns.list(.all)),
                \(Self.snippet(query))
            FROM unnest(\(ids)) WITH ORDINALITY AS wanted (id, place)
            JOIN calls.calls AS call ON call.workspace_id = \(workspaceID) AND call.id = wanted.id
                AND call.deleted_at IS NULL
            \(unsafe: CallColumns.joined)
            ORDER BY wanted.place
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        var calls: [CallRecord] = []
        var bytes = 0
        for row in rows {
            var record = try CallColumns.call(row).record
            let snippet: String = try row[CallColumns.count]
            record.snippet = snippet.contains("**") ? snippet.trimmed : nil
            bytes += record.transcript.utf8.count
            if bytes > PostgresCallRepository.pageBytes, !calls.isEmpty { break }
            calls.append(record)
        }
        let end = offset + calls.count
        return CallPage(calls: calls, total: total, next: end < total ? Self.cursor(at: end) : nil)
    }

    /// Where a search goes on: it has no moment and no id, but a place.
    private static func cursor(at offset: Int) -> PageCursor {
        PageCursor(at: Timestamp(microseconds: Int64(offset)), id: mark)
    }

    private static func offset(of cursor: PageCursor) throws -> Int {
        guard cursor.id == mark, let offset = Int(exactly: cursor.at.microseconds), offset >= 0 else {
            throw Fault(.inputInvalid, "cursor is not one that this search gave", field: "cursor")
        }
        return offset
    }

    private static let mark = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1))

    /// Out of the first part of a call's texts, or out of all that is searched when the words stand further on.
    private static func snippet(_ query: SearchQuery) -> Statement {
        let head: Statement = """
            concat_ws(E'\\n', nullif(detail.summary, ''), nullif(array_to_string(detail.key_phrases, ', '), ''),
                nullif(call.other_name, ''), nullif(call.other_phone, ''))
            """
        let near: Statement = "left(concat_ws(E'\\n', \(head), call.transcript), 20000)"
        return """
            ts_headline('simple', CASE
                WHEN to_tsvector('simple', \(near)) @@ \(query.text)::tsquery THEN \(near)
                ELSE left(concat_ws(E'\\n', \(head), call.transcript), 150000) END, \(query.text)::tsquery,
                'StartSel=**, StopSel=**, MaxFragments=1, MaxWords=30, MinWords=10, FragmentDelimiter=" … "')
            """
    }

    private func found(
        _ query: SearchQuery, _ request: ListCalls, from offset: Int, in workspaceID: WorkspaceID
    ) async throws -> (ids: [CallID], total: Int) {
        let words = query.text(in: workspaceID)
        let filter = PostgresCallRepository.filter(request, in: workspaceID)
        let rows = try await jobs.pipeline(
            [
                // How often a word occurs decides between the index of words and the newest first.
                "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)",
                """
                WITH candidate AS MATERIALIZED (
                    SELECT search.id, search.created_at, search.document
                    FROM calls.call_search AS search
                    \(Self.join(request, filter))
                    WHERE search.workspace_id = \(workspaceID) AND search.document @@ \(words)::tsquery
                    ORDER BY search.created_at DESC, search.id DESC LIMIT \(Self.candidates)
                )
                SELECT ARRAY(
                    SELECT id FROM candidate
                    ORDER BY ts_rank_cd(document, \(query.text)::tsquery) DESC, created_at DESC, id DESC
                    LIMIT \(request.limit) OFFSET \(offset)
                ), (SELECT count(*) FROM candidate)
                """,
            ], access: .readOnly)[1]
        guard let row = try rows.one() else { return ([], 0) }
        return (try row[0], try row[1])
    }

    /// Only where there is something else to look at than words.
    private static func join(_ request: ListCalls, _ filter: Statement) -> Statement {
        var plain = request
        (plain.limit, plain.offset, plain.texts, plain.wantsTotal, plain.search) = (1, 0, .none, true, nil)
        plain.after = nil
        guard plain != ListCalls(limit: 1) else { return "" }
        return "JOIN calls.calls AS call ON call.id = search.id AND \(filter)"
    }

    /// Brings the documents of some calls up to what the calls are now.
    static func index(_ calls: [CallKey]) -> [Statement] {
        let (workspaces, ids) = (calls.map(\.workspaceID), calls.map(\.id))
        return [
            """
            INSERT INTO calls.call_search (workspace_id, id, created_at, document)
            SELECT call.workspace_id, call.id, call.created_at, calls.search_document(
                call.workspace_id, call.other_phone, call.other_phone_key, call.other_name,
                coalesce(detail.summary, ''), coalesce(detail.key_phrases, '{}'), call.transcript)
            FROM unnest(\(workspaces), \(ids)) AS changed (workspace_id, id)
            JOIN calls.calls AS call USING (workspace_id, id)
            LEFT JOIN calls.call_details AS detail USING (workspace_id, id)
            WHERE call.deleted_at IS NULL
            ORDER BY 1, 2
            ON CONFLICT (workspace_id, id) DO UPDATE SET document = excluded.document
            """,
            """
            DELETE FROM calls.call_search USING calls.calls AS call, unnest(\(workspaces), \(ids))
                AS changed (workspace_id, id)
            WHERE call.workspace_id = changed.workspace_id AND call.id = changed.id AND call.deleted_at IS NOT NULL
                AND call_search.workspace_id = call.workspace_id AND call_search.id = call.id
            """,
        ]
    }
}
