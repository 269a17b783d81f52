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

    func write(_ calls: [FinishedCall], partition: Int, until deadline: Deadline) async -> [Result<LoggedCall, Fault>] {
        // Sorted, so that two processes that write the same ids wait for each other in one order.
        let order = calls.indices.sorted { Self.precedes(calls[$0], calls[$1]) }
        let sorted = await writeSorted(order.map { calls[$0] }, partition: partition, until: deadline)
        var results = [Result<LoggedCall, Fault>](repeating: .failure(.unexpected()), count: calls.count)
        for (place, index) in order.enumerated() { results[index] = sorted[place] }
        return results
    }

    private func writeSorted(
        _ calls: [FinishedCall], partition: Int, until deadline: Deadline
    ) async -> [Result<LoggedCall, Fault>] {
        var isUnknown = false
        var pauseMS = 20
        while true {
            do {
                return try await attempt(calls, partition: partition)
            } catch let error as DatabaseError where error.blamesValues {
                return await bisect(calls, partition: partition, until: deadline, because: error)
            } catch {
                // After a lost commit the same batch is run again: what is there already answers as replayed.
                isUnknown = isUnknown || (error as? DatabaseError)?.kind == .commitUnknown
                if PlantedBug.isPlanted("commit-unknown-stored-again"), isUnknown {
                    return await writeSorted(calls.map(\.underNewID), partition: partition, until: deadline)
                }
                logger.warning(
                    "batch not written",
                    metadata: ["calls": "\(calls.count)", "partition": "\(partition)", "cause": "\(error)"])
                guard deadline.remainingMS > pauseMS else {
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
        _ calls: [FinishedCall], partition: Int, until deadline: Deadline, because error: DatabaseError
    ) async -> [Result<LoggedCall, Fault>] {
        guard calls.count > 1 else {
            logger.warning("call refused", metadata: ["cause": "\(error.sqlState)"])
            return [.failure(Fault(.inputInvalid))]
        }
        let middle = calls.count / 2
        let first = await writeSorted(Array(calls[..<middle]), partition: partition, until: deadline)
        return first + (await writeSorted(Array(calls[middle...]), partition: partition, until: deadline))
    }

    private func attempt(_ calls: [FinishedCall], partition: Int) async throws -> [Result<LoggedCall, Fault>] {
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
        let stored = Set(try rows.map { try $0.decode(CallID.self, at: 0) })
        if !stored.isEmpty { announce(partition) }
        guard stored.count < calls.count else { return calls.map { .success($0.logged(isReplayed: false)) } }
        return try await compareWithStored(calls, new: stored, workspaces: workspaces)
    }

    /// Answers for the calls whose id was there before.
    private func compareWithStored(
        _ calls: [FinishedCall], new: Set<CallID>, workspaces: [UUID]
    ) async throws -> [Result<LoggedCall, Fault>] {
        let old = calls.filter { !new.contains($0.id) }
        let rows = try await database.query(
            """
            SELECT workspace_id, id, fingerprint, created_at FROM calls.calls
            WHERE (workspace_id, id) IN (SELECT * FROM unnest(\(old.map(\.workspaceID)), \(old.map(\.id))))
            """, workspaces: workspaces)
        var stored: [CallID: (fingerprint: [UInt8], createdAt: Timestamp)] = [:]
        for row in rows {
            let (_, id, fingerprint, createdAt) = try row.decode((WorkspaceID, CallID, [UInt8], Timestamp).self)
            stored[id] = (fingerprint, createdAt)
        }
        return calls.map { call in
            if new.contains(call.id) { return .success(call.logged(isReplayed: false)) }
            guard let first = stored[call.id] else { return .failure(Fault(.outcomeUnknown, retryAfterMS: 100)) }
            guard first.fingerprint == call.fingerprint else { return .failure(Fault(.keyReused)) }
            var logged = call.logged(isReplayed: true)
            logged.createdAt = first.createdAt
            return .success(logged)
        }
    }

    /// Places at which a fault test can stop the process; without it everything goes out in one go.
    private static var stages: CommitStages {
        guard Failpoint.isArmed else { return CommitStages() }
        return CommitStages(
            beforeCommit: { try? Failpoint.hit("calls.rows-written") },
            commitSent: { try? Failpoint.hit("calls.commit-sent") })
    }

    private static func precedes(_ left: FinishedCall, _ right: FinishedCall) -> Bool {
        withUnsafeBytes(of: left.id.uuid.uuid) { left in
            withUnsafeBytes(of: right.id.uuid.uuid) { right in left.lexicographicallyPrecedes(right) }
        }
    }
}

extension FinishedCall {
    func logged(isReplayed: Bool) -> LoggedCall {
        LoggedCall(
            id: id, clientID: facts.clientID ?? ClientID(UUID()), createdAt: facts.createdAt, isReplayed: isReplayed)
    }

    /// For a planted bug only.
    fileprivate var underNewID: FinishedCall {
        FinishedCall(
            workspaceID: workspaceID, id: CallID(UUIDv7.make()), fingerprint: fingerprint, facts: facts,
            otherPartyPhone: otherPartyPhone, otherPartyName: otherPartyName, transcript: transcript,
            recordingURL: recordingURL, notes: notes)
    }
}
