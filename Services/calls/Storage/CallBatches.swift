import Bus
import Contracts
import Foundation
import Postgres

/// A call that is to become another.
struct CallReplacement: Sendable {
    let workspaceID: WorkspaceID
    let call: StoredCall
    let next: CallState

    var key: CallKey { CallKey(workspaceID: workspaceID, id: call.id) }
}

/// Reads and changes calls of several workspaces at once, for what works on many of them.
struct CallBatches: Sendable {
    let database: Database
    /// Told of each workspace whose events have grown, after the commit.
    let announce: @Sendable (WorkspaceID) -> Void

    /// Those of the calls that are there.
    func calls(_ keys: [CallKey]) async throws -> [CallKey: StoredCall] {
        let rows = try await database.query(
            """
            SELECT \(unsafe: CallColumns.list(.all)), call.workspace_id
            FROM unnest(\(keys.map(\.workspaceID)), \(keys.map(\.id))) AS wanted (workspace_id, id)
            JOIN calls.calls AS call ON call.workspace_id = wanted.workspace_id AND call.id = wanted.id
                AND call.deleted_at IS NULL
            \(unsafe: CallColumns.joined)
            """, workspaces: Self.workspaces(keys), access: .readOnly)
        var calls: [CallKey: StoredCall] = [:]
        for row in rows {
            let call = try CallColumns.call(row)
            calls[CallKey(workspaceID: try row[CallColumns.count], id: call.id)] = call
        }
        return calls
    }

    /// Changes those that are still what they were and that nobody else is changing, in one transaction, each with the
    /// event that announces it.
    ///
    /// The rows are locked before the first head of a partition is: whoever has a head waits for no call.
    /// - Returns: which ones.
    func replace(_ replacements: [CallReplacement], at now: Timestamp) async throws -> Set<CallKey> {
        guard !replacements.isEmpty else { return [] }
        let sorted = replacements.sorted { Self.order($0) < Self.order($1) }
        let workspaces = Self.workspaces(sorted.map(\.key))
        let changed: [CallReplacement] = try await database.transaction(workspaces: workspaces) { transaction in
            let rows = try await transaction.query(
                """
                SELECT call.workspace_id, call.id
                FROM unnest(\(sorted.map(\.workspaceID)), \(sorted.map(\.call.id)), \(sorted.map(\.call.version)))
                    AS wanted (workspace_id, id, version)
                JOIN calls.calls AS call ON call.workspace_id = wanted.workspace_id AND call.id = wanted.id
                    AND call.version = wanted.version AND call.deleted_at IS NULL
                FOR UPDATE OF call SKIP LOCKED
                """)
            let locked = Set(try rows.map { CallKey(workspaceID: try $0[0], id: try $0[1]) })
            let held = sorted.filter { locked.contains($0.key) }
            let results = try await transaction.pipeline(
                held.map { CallReplace.statement($0.call, by: $0.next, in: $0.workspaceID, at: now) })
            return try zip(held, results).filter { try $1.one()?.decode(Int.self, at: 0) == 1 }.map(\.0)
        }
        for workspaceID in Set(changed.map(\.workspaceID)) { announce(workspaceID) }
        return Set(changed.map(\.key))
    }

    /// By partition, so that two who change calls of several take the heads in one order.
    private static func order(_ replacement: CallReplacement) -> (Int, String) {
        (EventPartition.of(replacement.workspaceID.uuid), replacement.call.id.uuid.uuidString)
    }

    private static func workspaces(_ keys: [CallKey]) -> [UUID] { Array(Set(keys.map(\.workspaceID.uuid))) }
}
