import Contracts
import Foundation
import Postgres

/// The audit log of all workspaces.
struct PostgresAudit: AuditReading {
    /// Logged in as a role that sees every workspace.
    let jobs: Database

    func heads() async throws -> [WorkspaceID: AuditChain] {
        let rows = try await jobs.query("SELECT workspace_id, number, hash FROM auth.audit_heads", access: .readOnly)
        var heads: [WorkspaceID: AuditChain] = [:]
        for row in rows { heads[try row[0]] = AuditChain(number: try row[1], hash: try row[2]) }
        return heads
    }

    func entries(after last: StoredAuditEntry?, atMost limit: Int) async throws -> [StoredAuditEntry] {
        // Nothing comes before the zero id, and no entry has the number 0.
        let workspaceID = last?.workspaceID ?? AuditEntry.nobody
        let number = last?.number ?? 0
        let rows = try await jobs.query(
            """
            SELECT workspace_id, number, hash, at, kind, actor, subject, address, user_agent FROM auth.audit
            WHERE (workspace_id, number) > (\(workspaceID), \(number))
            ORDER BY workspace_id, number LIMIT \(limit)
            """, access: .readOnly)
        return try rows.map { row in
            let workspaceID: WorkspaceID = try row[0]
            let (at, kind): (Timestamp, String) = (try row[3], try row[4])
            let (actor, subject): (String, String) = (try row[5], try row[6])
            let origin = ClientOrigin(address: try row[7], userAgent: try row[8])
            return StoredAuditEntry(
                workspaceID: workspaceID, number: try row[1], hash: try row[2],
                entry: AuditEntry.Kind(rawValue: kind).map {
                    AuditEntry(
                        workspaceID: workspaceID, at: at, kind: $0, actor: actor, subject: subject, origin: origin)
                })
        }
    }
}
