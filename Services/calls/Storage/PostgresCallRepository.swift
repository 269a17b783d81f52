import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost

/// Calls in PostgreSQL.
struct PostgresCallRepository: CallRepository {
    /// Bytes of long texts in one page, well below what a message takes.
    static let pageBytes = 2 * 1024 * 1024

    let database: Database
    let ingest: CallIngest
    let search: CallSearch
    let changes: CallChanges

    func store(_ calls: [NewCall]) async -> [Result<LoggedCall, Fault>] {
        await ingest.store(calls)
    }

    func call(_ id: CallID, in workspaceID: WorkspaceID) async throws -> StoredCall {
        let rows = try await database.query(
            """
            SELECT \(unsafe: CallColumns.list(.all)) FROM calls.calls AS call
            \(unsafe: CallColumns.joined)
            WHERE call.workspace_id = \(workspaceID) AND call.id = \(id) AND call.deleted_at IS NULL
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        guard let row = try rows.one() else { throw Fault(.callNotFound) }
        return try CallColumns.call(row)
    }

    func replace(
        _ call: StoredCall, by next: CallState?, in workspaceID: WorkspaceID, at now: Timestamp
    ) async throws -> Bool {
        try await changes.replace(CallReplacement(call, by: next, in: workspaceID, at: now))
    }

    func page(_ request: ListCalls, in workspaceID: WorkspaceID) async throws -> CallPage {
        if let text = request.search {
            guard let query = SearchQuery(text) else { return CallPage(calls: [], total: 0, next: nil) }
            return try await search.page(query, request, in: workspaceID)
        }
        var statements = [pageStatement(request, in: workspaceID)]
        if request.wantsTotal { statements.append(totalStatement(request, in: workspaceID)) }
        let results = try await database.pipeline(statements, workspaces: [workspaceID.uuid], access: .readOnly)
        var calls = try results[0].map { try CallColumns.call($0).record }
        var hasMore = calls.count > request.limit
        if hasMore { calls.removeLast() }
        if request.texts != .none, let end = Self.end(of: calls) {
            calls.removeSubrange(end...)
            hasMore = true
        }
        let next = hasMore ? calls.last.map { PageCursor(at: $0.facts.createdAt, id: $0.id.uuid) } : nil
        let total = request.wantsTotal ? try results[1].one()?.decode(Int.self, at: 0) ?? 0 : 0
        return CallPage(calls: calls, total: total, next: next)
    }

    func lastCalls(of agents: [AgentID], in workspaceID: WorkspaceID) async throws -> [Timestamp?] {
        let rows = try await database.query(
            """
            SELECT last.created_at FROM unnest(\(agents)) WITH ORDINALITY AS agent (id, place)
            LEFT JOIN LATERAL (
                SELECT created_at FROM calls.calls AS call
                WHERE call.workspace_id = \(workspaceID) AND call.agent_id = agent.id AND call.deleted_at IS NULL
                ORDER BY call.created_at DESC, call.id DESC LIMIT 1
            ) AS last ON true
            ORDER BY agent.place
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.map { try $0[0] }
    }

    /// Where the texts of a page have become too many for a message; nil when all fit.
    private static func end(of calls: [CallRecord]) -> Int? {
        var bytes = 0
        for (index, call) in calls.enumerated() {
            bytes += call.transcript.utf8.count + (call.notes?.utf8.count ?? 0) + call.details.summary.utf8.count
            if bytes > pageBytes, index > 0 { return index }
        }
        return nil
    }

    private func pageStatement(_ request: ListCalls, in workspaceID: WorkspaceID) -> Statement {
        let until = request.through.map { $0.adding(days: 1).start } ?? Timestamp(microseconds: 253_402_300_800_000_000)
        let after = request.after ?? PageCursor(at: until, id: PageCursor.newest.id)
        let offset = request.after == nil ? request.offset : 0
        return """
            SELECT \(unsafe: CallColumns.list(request.texts)) FROM (
                SELECT * FROM calls.calls AS call
                WHERE \(Self.filter(request, in: workspaceID)) AND (call.created_at, call.id) < (\(after.at), \(after.id))
                ORDER BY call.created_at DESC, call.id DESC LIMIT \(request.limit + 1) OFFSET \(offset)
            ) AS call
            \(unsafe: CallColumns.joined)
            ORDER BY call.created_at DESC, call.id DESC
            """
    }

    /// A text of its own for each set of filters, so that each is planned for its own index.
    static func filter(_ request: ListCalls, in workspaceID: WorkspaceID) -> Statement {
        let from = request.from?.start ?? Timestamp(microseconds: -62_135_596_800_000_000)
        let until = request.through.map { $0.adding(days: 1).start } ?? Timestamp(microseconds: 253_402_300_800_000_000)
        var filter: Statement = """
            call.workspace_id = \(workspaceID) AND call.deleted_at IS NULL AND call.created_at >= \(from)
            AND call.created_at < \(until)
            """
        if let id = request.clientID { filter = "\(filter) AND call.client_id = \(id)" }
        if let id = request.agentID { filter = "\(filter) AND call.agent_id = \(id)" }
        if let id = request.campaignID { filter = "\(filter) AND call.campaign_id = \(id)" }
        if let status = request.statuses.first {
            // One by one, since only then an index gives them in their order.
            filter =
                request.statuses.count == 1
                ? "\(filter) AND call.status = \(status.rawValue)"
                : "\(filter) AND call.status = ANY (\(request.statuses.map(\.rawValue)))"
            // Said twice, so that the index of unusual states is seen to have them.
            if !request.statuses.contains(.completed) { filter = "\(filter) AND call.status <> 'completed'" }
        }
        switch request.channel {
        // As text, so that the index of chats is seen to have them.
        case .chat: filter = "\(filter) AND call.channel = 'chat'"
        case .phone: filter = "\(filter) AND call.channel = 'phone'"
        case nil: break
        }
        switch request.isEscalated {
        case true: filter = "\(filter) AND call.escalated_at IS NOT NULL"
        case false: filter = "\(filter) AND call.escalated_at IS NULL"
        case nil: break
        }
        if let key = request.phoneKey {
            // Without a country it may be any that was given with one and has these digits.
            let match: Statement =
                key.hasPrefix("+")
                ? "call.other_phone_key = \(key)" : "call.other_phone_key = ANY (\([key, "+" + key]))"
            filter = "\(filter) AND call.other_phone_key <> '' AND \(match)"
        }
        return filter
    }

    /// From the counts of days where they know it, else by counting.
    private func totalStatement(_ request: ListCalls, in workspaceID: WorkspaceID) -> Statement {
        guard request.agentID == nil, request.campaignID == nil, request.statuses.isEmpty, request.channel == nil,
            request.isEscalated == nil, request.phoneKey == nil
        else {
            return "SELECT count(*) FROM calls.calls AS call WHERE \(Self.filter(request, in: workspaceID))"
        }
        let from = request.from ?? CalendarDay(daysSince1970: -719_162)
        let through = request.through ?? CalendarDay(daysSince1970: 2_932_896)
        let client: ClientID? = request.clientID
        return """
            SELECT coalesce(sum(calls), 0)::bigint FROM calls.call_counts
            WHERE workspace_id = \(workspaceID) AND day BETWEEN \(from) AND \(through)
                AND (\(client)::uuid IS NULL OR client_id = \(client))
            """
    }
}

extension ListCalls {
    /// The number asked for in the form in which spellings of one are equal; what is no number is nobody's.
    var phoneKey: String? { phoneNumber.map { PhoneNumber($0)?.normalised ?? "-" } }
}
