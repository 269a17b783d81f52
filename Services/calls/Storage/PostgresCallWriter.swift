import Bus
import Contracts
import Foundation
import Logging
import Postgres
import ServiceRuntime

/// Writes batches of calls: rows, counts and numbered events in one statement, one transaction, one round trip.
struct PostgresCallWriter: CallBatchWriter {
    let database: Database
    let logger: Logger
    /// Told of each partition that has grown, after the commit.
    let announce: @Sendable (_ partition: Int) -> Void

    /// For how long a batch is tried again, from its first failure on: longer than a restart of PostgreSQL, shorter than
    /// somebody waits.
    private static let patienceMS = 1500
    /// A lost connection is one failure; after so many PostgreSQL is taken to be away.
    private static let failuresOfStall = 3

    func write(
        _ calls: [NewCall], partition: Int, until deadline: Deadline, stalled: @escaping @Sendable () -> Void
    ) async -> [Result<LoggedCall, Fault>] {
        // Sorted, so that two processes that write the same ids wait for each other in one order.
        let order = calls.indices.sorted { Self.precedes(calls[$0], calls[$1]) }
        let attempts = Attempts(partition: partition, deadline: deadline, stalled: stalled)
        let sorted = await writeSorted(order.map { calls[$0] }, attempts)
        var results = [Result<LoggedCall, Fault>](repeating: .failure(.unexpected()), count: calls.count)
        for (place, index) in order.enumerated() { results[index] = sorted[place] }
        return results
    }

    /// What all attempts at one batch have in common.
    private struct Attempts {
        let partition: Int
        var deadline: Deadline
        let stalled: @Sendable () -> Void
    }

    private func writeSorted(_ calls: [NewCall], _ attempts: Attempts) async -> [Result<LoggedCall, Fault>] {
        var attempts = attempts
        let partition = attempts.partition
        var isUnknown = false
        var failures = 0
        var pauseMS = 20
        while true {
            do {
                return try await attempt(calls, partition: partition)
            } catch let error as DatabaseError where error.blamesValues {
                return await bisect(calls, attempts, because: error)
            } catch {
                failures += 1
                if failures == 1 { attempts.deadline = min(attempts.deadline, .after(milliseconds: Self.patienceMS)) }
                if failures == Self.failuresOfStall { attempts.stalled() }
                // After a lost commit the same batch is run again: what is there already answers as replayed.
                isUnknown = isUnknown || (error as? DatabaseError)?.kind == .commitUnknown
                if PlantedBug.isPlanted("commit-unknown-stored-again"), isUnknown {
                    return await writeSorted(calls.map(\.underNewID), attempts)
                }
                logger.warning(
                    "batch not written",
                    metadata: ["calls": "\(calls.count)", "partition": "\(partition)", "cause": "\(error)"])
                guard attempts.deadline.remainingMS > pauseMS else {
                    let fault =
                        isUnknown ? Fault(.outcomeUnknown, retryAfterMS: 1000) : Fault(.unavailable, retryAfterMS: 1000)
                    return calls.map { _ in .failure(fault) }
                }
                try? await Task.sleep(for: .milliseconds(pauseMS))
                pauseMS = min(pauseMS * 2, 250)
            }
        }
    }

    /// A value that PostgreSQL does not take fails its own call only.
    private func bisect(
        _ calls: [NewCall], _ attempts: Attempts, because error: DatabaseError
    ) async -> [Result<LoggedCall, Fault>] {
        guard calls.count > 1 else {
            logger.warning("call refused", metadata: ["cause": "\(error.sqlState)"])
            return [.failure(Fault(.inputInvalid))]
        }
        let middle = calls.count / 2
        let first = await writeSorted(Array(calls[..<middle]), attempts)
        return first + (await writeSorted(Array(calls[middle...]), attempts))
    }

    private func attempt(_ calls: [NewCall], partition: Int) async throws -> [Result<LoggedCall, Fault>] {
        try await Failpoint.hit("calls.before-begin")
        let workspaces = Array(Set(calls.map(\.workspaceID.uuid)))
        if PlantedBug.isPlanted("answer-before-commit") {
            let database = database
            Task {
                try? await Task.sleep(for: .milliseconds(30))
                try await database.pipeline([CallInsert.statement(calls, partition: partition)], workspaces: workspaces)
                announce(partition)
            }
            return calls.map { .success($0.logged(isReplayed: false)) }
        }
        let rows = try await database.pipeline(
            [CallInsert.statement(calls, partition: partition)], workspaces: workspaces, stages: Self.stages)[0]
        try await Failpoint.hit("calls.committed-unanswered")
        guard let row = try rows.one() else { throw DatabaseError(.decoding, "the insert answered with no row") }
        let count = try row.decode(Int.self, at: 0)
        if count > 0 { announce(partition) }
        guard count < calls.count else { return calls.map { .success($0.logged(isReplayed: false)) } }
        let workspaceIDs = try row.decode([WorkspaceID]?.self, at: 1) ?? []
        let new = zip(workspaceIDs, try row.decode([CallID]?.self, at: 2) ?? []).map(CallKey.init)
        return try await compareWithStored(calls, new: Set(new), workspaces: workspaces)
    }

    /// Answers for the calls whose id or key was there before.
    private func compareWithStored(
        _ calls: [NewCall], new: Set<CallKey>, workspaces: [UUID]
    ) async throws -> [Result<LoggedCall, Fault>] {
        let stored = try await StoredIdentities(of: calls.filter { !new.contains(CallKey($0)) }) { statement in
            try await database.query(statement, workspaces: workspaces)
        }
        return calls.map { call in
            new.contains(CallKey(call)) ? .success(call.logged(isReplayed: false)) : stored.answer(to: call)
        }
    }

    /// Places at which a fault test can stop the process; without it everything goes out in one go.
    private static var stages: CommitStages {
        guard Failpoint.isArmed else { return CommitStages() }
        return CommitStages(
            beforeCommit: { try? Failpoint.hit("calls.rows-written") },
            commitSent: { try? Failpoint.hit("calls.commit-sent") })
    }

    private static func precedes(_ left: NewCall, _ right: NewCall) -> Bool {
        withUnsafeBytes(of: left.id.uuid.uuid) { left in
            withUnsafeBytes(of: right.id.uuid.uuid) { right in left.lexicographicallyPrecedes(right) }
        }
    }
}

extension NewCall {
    func logged(isReplayed: Bool) -> LoggedCall {
        LoggedCall(
            id: id, clientID: facts.clientID, createdAt: facts.createdAt, isReplayed: isReplayed)
    }

    /// For a planted bug only.
    fileprivate var underNewID: NewCall {
        NewCall(
            workspaceID: workspaceID, id: CallID(UUIDv7.make()), keyID: nil, fingerprint: fingerprint, state: state)
    }
}
