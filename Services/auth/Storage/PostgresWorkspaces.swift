import Bus
import Contracts
import EventLog
import Postgres

extension PostgresAuthStore: WorkspaceRepository {
    func workspace(_ id: WorkspaceID) async throws -> WorkspaceRecord? {
        let rows = try await database.query(
            """
            SELECT \(unsafe: workspaceColumns) FROM auth.workspaces WHERE id = \(id) AND closed_at IS NULL
            """, workspaces: [id.uuid], access: .readOnly)
        return try rows.one().map { try WorkspaceRecord($0) }
    }

    func change(_ id: WorkspaceID, _ change: WorkspaceChange, recording entry: AuditEntry) async throws
        -> WorkspaceRecord
    {
        try await write(in: id) { transaction in
            let before = try await transaction.query(
                """
                SELECT \(unsafe: workspaceColumns) FROM auth.workspaces WHERE id = \(id) AND closed_at IS NULL
                FOR NO KEY UPDATE
                """
            ).one().map { try WorkspaceRecord($0) }
            guard let before else { throw Fault(.workspaceNotFound) }
            let days: Int? =
                switch change.retention {
                case .days(let days): days
                case .forEver: nil
                case nil: before.retentionDays
                }
            let after = try await transaction.query(
                """
                UPDATE auth.workspaces SET name = \(change.name ?? before.name), retention_days = \(days)::integer,
                    settings = \(change.settings ?? before.settings)::text::jsonb
                WHERE id = \(id) RETURNING \(unsafe: workspaceColumns)
                """
            ).one().map { try WorkspaceRecord($0) }
            guard let after else { throw Fault(.workspaceNotFound) }
            guard after != before else { return after }
            try await transaction.query(entry.insertion)
            try await transaction.append(
                WorkspaceChanged(before: before, after: after), workspaceID: id.uuid, to: "auth")
            return after
        }
    }
}

private let workspaceColumns = "id, name, retention_days::bigint, settings::text, created_at"

extension WorkspaceRecord {
    /// Reads `workspaceColumns`.
    fileprivate init(_ row: Row) throws {
        let (id, name, days, settings, createdAt) = try row.decode(
            (WorkspaceID, String, Int?, String, Timestamp).self)
        self.init(id: id, name: name, retentionDays: days, settings: settings, createdAt: createdAt)
    }
}
