import Contracts
import EventLog
import Postgres
import ServiceRuntime

extension AuditEntry {
    /// Appends the entry to its workspace's chain, which stays locked until the end of the transaction: as late as
    /// possible, and before an event is appended.
    var insertion: Statement {
        let zeros = [UInt8](repeating: 0, count: 32)
        return """
            WITH head AS (
                INSERT INTO auth.audit_heads AS h (workspace_id, number, hash)
                VALUES (\(workspaceID), 1, sha256(\(zeros) || int8send(1) || \(content)))
                ON CONFLICT (workspace_id) DO UPDATE
                SET number = h.number + 1, hash = sha256(h.hash || int8send(h.number + 1) || \(content))
                RETURNING number, hash
            )
            INSERT INTO auth.audit (workspace_id, number, at, kind, actor, subject, address, user_agent, hash)
            SELECT \(workspaceID), number, \(at), \(kind.rawValue), \(actor), \(subject), \(origin.address),
                \(origin.userAgent), hash
            FROM head
            """
    }
}

extension Transaction {
    /// Stores what gateways must refuse from now on, the entry about it, and the event that tells them.
    func revoke(
        _ revoked: AccessRevoked, in workspaceID: WorkspaceID, recording entry: AuditEntry,
        id: RevocationID = RevocationID(UUIDv7.make())
    ) async throws {
        try await pipeline([
            """
            INSERT INTO auth.revocations
                (workspace_id, id, session_id, person_id, generation, api_key_id, forget_after)
            VALUES (\(workspaceID), \(id), \(revoked.sessionID), \(revoked.personID), \(revoked.generation),
                \(revoked.apiKeyID), \(revoked.forgetAfter))
            """,
            entry.insertion,
        ])
        try await append(revoked, workspaceID: workspaceID.uuid, to: "auth")
    }
}

/// Of a row of `auth.revocations`.
enum RevocationEntity {}
typealias RevocationID = Identifier<RevocationEntity>
