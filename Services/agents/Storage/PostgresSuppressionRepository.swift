import Bus
import Contracts
import Postgres
import ServiceHost

struct PostgresSuppressionRepository: SuppressionRepository {
    private static let columns = "id, phone_number, reason, created_by, created_at"

    let store: AgentsStore

    func add(
        _ suppression: Suppression, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<SuppressionRecord> {
        let record = suppression.record
        return try await store.write(once: key, in: workspaceID, explaining: { _ in nil }) { transaction in
            let rows = try await transaction.query(
                """
                INSERT INTO agents.suppressions AS known
                    (workspace_id, id, phone_number, phone_e164, reason, created_by, created_at)
                VALUES (\(workspaceID), \(record.id), \(record.phoneNumber), \(suppression.normalisedPhone),
                    \(record.reason), \(record.createdBy), \(record.createdAt))
                ON CONFLICT (workspace_id, phone_e164) DO UPDATE SET
                    reason = CASE WHEN excluded.reason = '' THEN known.reason ELSE excluded.reason END
                RETURNING \(unsafe: Self.columns)
                """)
            guard let row = try rows.one() else { throw Fault.unexpected() }
            return try Self.suppression(row)
        }
    }

    func page(_ request: ListSuppressions, in workspaceID: WorkspaceID) async throws -> SuppressionPage {
        let cursor = request.after ?? PageCursor.newest
        var filter: Statement = "workspace_id = \(workspaceID)"
        if let text = request.phoneNumber {
            filter = "\(filter) AND phone_e164 = \(PhoneNumber(text)?.normalised ?? "")"
        }
        let results = try await store.database.pipeline(
            [
                """
                SELECT \(unsafe: Self.columns) FROM agents.suppressions
                WHERE \(filter) AND (created_at, id) < (\(cursor.at), \(cursor.id))
                ORDER BY created_at DESC, id DESC LIMIT \(request.limit + 1)
                OFFSET \(request.after == nil ? request.offset : 0)
                """,
                "SELECT count(*) FROM agents.suppressions WHERE \(filter)",
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let (suppressions, next) = try results[0].map(Self.suppression).page(of: request.limit) {
            PageCursor(at: $0.createdAt, id: $0.id.uuid)
        }
        return SuppressionPage(suppressions: suppressions, total: try results[1].one()?.decode(at: 0) ?? 0, next: next)
    }

    func remove(_ id: SuppressionID, in workspaceID: WorkspaceID) async throws -> Bool {
        try await store.write(in: workspaceID) { transaction in
            try await transaction.query(
                "DELETE FROM agents.suppressions WHERE workspace_id = \(workspaceID) AND id = \(id)"
            ).affectedCount > 0
        }
    }

    private static func suppression(_ row: Row) throws -> SuppressionRecord {
        SuppressionRecord(
            id: try row[0], phoneNumber: try row[1], reason: try row[2], createdBy: try row[3], createdAt: try row[4])
    }
}
