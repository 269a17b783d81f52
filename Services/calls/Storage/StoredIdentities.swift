import Bus
import Contracts
import Postgres

/// What is stored under the ids and the idempotency keys of calls that could not be stored as new.
struct StoredIdentities {
    private struct Stored {
        let id: CallID
        let fingerprint: [UInt8]
        let createdAt: Timestamp
    }

    private var byID: [CallKey: Stored] = [:]
    private var byKey: [CallKey: Stored] = [:]

    init(of calls: [NewCall], query: (Statement) async throws -> Rows) async throws {
        let keyed = calls.filter { $0.keyID != nil }
        let rows = try await query(
            """
            SELECT workspace_id, id, key_id, fingerprint, created_at FROM calls.calls
            WHERE (workspace_id, id) IN (SELECT * FROM unnest(\(calls.map(\.workspaceID)), \(calls.map(\.id))))
            UNION
            SELECT workspace_id, id, key_id, fingerprint, created_at FROM calls.calls
            WHERE (workspace_id, key_id) IN (SELECT * FROM unnest(\(keyed.map(\.workspaceID)), \(keyed.map(\.keyID))))
            """)
        for row in rows {
            let workspaceID: WorkspaceID = try row[0]
            let stored = Stored(id: try row[1], fingerprint: try row[3], createdAt: try row[4])
            byID[CallKey(workspaceID: workspaceID, id: stored.id)] = stored
            if let key: CallID = try row[2] { byKey[CallKey(workspaceID: workspaceID, id: key)] = stored }
        }
    }

    /// Replayed when id and key stand for this very request, refused otherwise.
    func answer(to call: NewCall) -> Result<LoggedCall, Fault> {
        let first = byID[CallKey(call)]
        let keyed = call.keyID.flatMap { byKey[CallKey(workspaceID: call.workspaceID, id: $0)] }
        if let keyed, keyed.id != call.id { return .failure(Fault(.keyReused)) }
        // Neither is there although something was in the way: it was taken back meanwhile.
        guard let first else { return .failure(Fault(.outcomeUnknown, retryAfterMS: 100)) }
        guard first.fingerprint == call.fingerprint else { return .failure(Fault(.keyReused)) }
        var logged = call.logged(isReplayed: true)
        logged.createdAt = first.createdAt
        return .success(logged)
    }
}
