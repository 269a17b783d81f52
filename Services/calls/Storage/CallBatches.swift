import Bus
import Contracts
import Foundation
import Postgres

/// A change of one call, ready to be stored.
struct CallReplacement: Sendable {
    let key: CallKey
    /// Stores it if the call is still what it was; tells by its one row how many calls it changed.
    let statement: Statement

    /// - Parameters:
    ///   - next: nil deletes the call.
    ///   - now: shown as the moment of the change.
    init(_ call: StoredCall, by next: CallState?, in workspaceID: WorkspaceID, at now: Timestamp) {
        key = CallKey(workspaceID: workspaceID, id: call.id)
        statement = CallReplace.statement(call, by: next, in: workspaceID, at: now)
    }
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

    /// Changes those that are still what they were, in one transaction and one round trip, each with the event that
    /// announces it.
    ///
    /// All rows are locked in one order before the first head of a partition is: whoever has a head waits for no call.
    /// - Parameter committed: called before anybody is told.
    /// - Returns: for each, in their order, whether it was changed.
    func replace(
        _ replacements: [CallReplacement], stages: CommitStages = CommitStages(),
        committed: () async throws -> Void = {}
    ) async throws -> [Bool] {
        guard !replacements.isEmpty else { return [] }
        let order = replacements.indices.sorted { Self.partition(replacements[$0]) < Self.partition(replacements[$1]) }
        let keys = replacements.map(\.key)
        var statements = order.map { replacements[$0].statement }
        // One statement locks its row first by itself.
        if keys.count > 1 { statements.insert(Self.lock(keys), at: 0) }
        let results = try await database.pipeline(statements, workspaces: Self.workspaces(keys), stages: stages)
        var areChanged = [Bool](repeating: false, count: keys.count)
        for (index, rows) in zip(order, results.suffix(keys.count)) {
            areChanged[index] = try rows.one()?.decode(Int.self, at: 0) == 1
        }
        try await committed()
        for workspaceID in Set(zip(keys, areChanged).filter(\.1).map(\.0.workspaceID)) { announce(workspaceID) }
        return areChanged
    }

    /// Like `replace`, but what PostgreSQL does not take fails its own change only.
    func outcomes(
        of replacements: [CallReplacement], stages: CommitStages = CommitStages(),
        committed: () async throws -> Void = {}
    ) async -> [Result<Bool, any Error>] {
        do {
            return try await replace(replacements, stages: stages, committed: committed).map { .success($0) }
        } catch let error as DatabaseError where error.concernsSome && replacements.count > 1 {
            var outcomes: [Result<Bool, any Error>] = []
            var isAway = false
            for replacement in replacements {
                if isAway {
                    outcomes.append(.failure(Fault(.unavailable, retryAfterMS: 1000)))
                } else {
                    outcomes += await self.outcomes(of: [replacement], stages: stages, committed: committed)
                    isAway = outcomes.last?.saysServerIsAway ?? false
                }
            }
            return outcomes
        } catch {
            return replacements.map { _ in .failure(error) }
        }
    }

    private static func lock(_ keys: [CallKey]) -> Statement {
        """
        SELECT FROM calls.calls AS call
        JOIN unnest(\(keys.map(\.workspaceID)), \(keys.map(\.id))) AS wanted (workspace_id, id)
            ON call.workspace_id = wanted.workspace_id AND call.id = wanted.id
        ORDER BY call.workspace_id, call.id FOR UPDATE OF call
        """
    }

    private static func partition(_ replacement: CallReplacement) -> Int {
        EventPartition.of(replacement.key.workspaceID.uuid)
    }

    private static func workspaces(_ keys: [CallKey]) -> [UUID] { Array(Set(keys.map(\.workspaceID.uuid))) }
}

extension DatabaseError {
    /// Some changes of several may have caused it; the others go through without them.
    fileprivate var concernsSome: Bool { blamesValues || kind == .constraintViolation || kind == .serializationFailure }
}

extension Result<Bool, any Error> {
    /// PostgreSQL cannot be reached, or does not answer.
    var saysServerIsAway: Bool {
        guard case .failure(let error as DatabaseError) = self else { return false }
        return [.unavailable, .commitUnknown, .timeout].contains(error.kind)
    }
}
