import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceRuntime

extension PostgresAuthStore: APIKeyRepository {
    func add(_ key: NewAPIKey, idempotency: IdempotencyKey?) async throws -> Outcome<CreatedAPIKey> {
        try await write(in: key.workspaceID) { transaction in
            if let first = try await stored(CreatedAPIKey.self, idempotency, in: key.workspaceID, transaction) {
                return Outcome(first, isReplayed: true)
            }
            let reply = CreatedAPIKey(record: key.record, secret: key.secret.text)
            try await store(reply, idempotency, in: key.workspaceID, transaction)
            try await transaction.pipeline([key.insertion, key.audit.insertion])
            return Outcome(reply)
        }
    }

    func apiKeys(of workspaceID: WorkspaceID, page: PageRequest) async throws -> Page<APIKeyRecord> {
        let own: Statement = "auth.api_keys WHERE workspace_id = \(workspaceID) AND deleted_at IS NULL"
        let results = try await database.pipeline(
            [
                """
                SELECT id, name, prefix, scopes, created_at, expires_at, last_used_at FROM \(own)
                    AND (created_at, id) < (\(page.start.at), \(page.start.id))
                ORDER BY created_at DESC, id DESC LIMIT \(page.limit + 1)
                """, "SELECT count(*) FROM \(own)",
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let keys = try results[0].map { row in
            let (id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt) = try row.decode(
                (APIKeyID, String, String, [String], Timestamp, Timestamp?, Timestamp?).self)
            return APIKeyRecord(
                id: id, name: name, prefix: prefix, scopes: try Scopes(stored: scopes), createdAt: createdAt,
                expiresAt: expiresAt, lastUsedAt: lastUsedAt)
        }
        return Page(keys, total: try results[1].one()?.decode(at: 0) ?? 0, of: page) {
            PageCursor(at: $0.createdAt, id: $0.id.uuid)
        }
    }

    func delete(
        _ id: APIKeyID, in workspaceID: WorkspaceID, by actor: Caller.Identity, at now: Timestamp,
        revocation: AccessRevoked
    ) async throws -> Bool {
        try await write(in: workspaceID) { transaction in
            let rows = try await transaction.query(
                """
                UPDATE auth.api_keys SET deleted_at = \(now)
                WHERE workspace_id = \(workspaceID) AND id = \(id) AND deleted_at IS NULL
                """)
            guard rows.affectedCount == 1 else { return false }
            let entry = AuditEntry(
                workspaceID: workspaceID, at: now, kind: .apiKeyDeleted, actor: actor.credentialID,
                subject: id.description)
            try await transaction.revoke(
                revocation, in: workspaceID, recording: entry, id: RevocationID(UUIDv7.make()))
            return true
        }
    }

    func find(_ id: APIKeyID) async throws -> StoredAPIKey? {
        let rows = try await jobs.query(
            """
            SELECT k.workspace_id, k.scopes, p.client_hint, k.expires_at, k.secret_hash
            FROM auth.api_keys k JOIN auth.workspaces w ON w.id = k.workspace_id JOIN auth.people p ON p.id = k.created_by
            WHERE k.id = \(id) AND k.deleted_at IS NULL AND w.closed_at IS NULL
            """, access: .readOnly)
        guard let row = try rows.one() else { return nil }
        let (workspaceID, scopes, clientHint, expiresAt, hash) = try row.decode(
            (WorkspaceID, [String], String, Timestamp?, [UInt8]).self)
        let grant = APIKeyGrant(
            id: id, workspaceID: workspaceID, scopes: try Scopes(stored: scopes), clientHint: clientHint,
            expiresAt: expiresAt)
        return StoredAPIKey(grant: grant, secretHash: hash)
    }

    func note(_ uses: [NoteAPIKeyUse.Use]) async throws {
        guard !uses.isEmpty else { return }
        // Rows are locked in the order of their ids, so that two gateways' batches never wait for each other in a ring.
        try await database.query(
            """
            WITH used AS (
                SELECT * FROM unnest(\(uses.map(\.workspaceID)), \(uses.map(\.id)), \(uses.map(\.at)))
                    AS u (workspace_id, id, at)
            ), locked AS (
                SELECT k.workspace_id, k.id, used.at FROM auth.api_keys k JOIN used USING (workspace_id, id)
                WHERE k.last_used_at IS NULL OR k.last_used_at < used.at
                ORDER BY k.workspace_id, k.id FOR NO KEY UPDATE OF k
            )
            UPDATE auth.api_keys k SET last_used_at = greatest(k.last_used_at, locked.at) FROM locked
            WHERE k.workspace_id = locked.workspace_id AND k.id = locked.id
            """, workspaces: Set(uses.map(\.workspaceID.uuid)).sorted { $0.uuidString < $1.uuidString })
    }
}

extension NewAPIKey {
    /// Stores it. What a key makes belongs to the person who made that key.
    fileprivate var insertion: Statement {
        let (person, maker): (UUID?, UUID?) =
            switch creator {
            case .person(let id, _): (id, nil)
            case .apiKey(let id): (nil, id)
            case .anonymous, .service: (nil, nil)
            }
        return """
            INSERT INTO auth.api_keys (workspace_id, id, name, prefix, secret_hash, scopes, created_by, created_at, expires_at)
            VALUES (\(workspaceID), \(record.id), \(record.name), \(record.prefix), \(secret.hash), \(record.scopes.names),
                coalesce(\(person), (
                    SELECT created_by FROM auth.api_keys WHERE workspace_id = \(workspaceID) AND id = \(maker))),
                \(record.createdAt), \(record.expiresAt))
            """
    }
}

extension Scopes {
    /// - Throws: `.decoding` for a name that is none.
    fileprivate init(stored names: [String]) throws(DatabaseError) {
        guard let scopes = Scopes(names: names) else { throw DatabaseError(.decoding, "\(names) are no scopes.") }
        self = scopes
    }
}
