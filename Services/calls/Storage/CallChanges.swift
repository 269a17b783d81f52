import Bus
import Contracts
import Logging
import Postgres
import ServiceRuntime
import Synchronization

/// Gathers changes of calls into batches: while one batch of a partition commits, the next gathers. A change that comes
/// while nothing is under way is written at once and alone.
final class CallChanges: Sendable {
    /// Changes in one transaction. They hold the partition's head until it commits.
    static let batchLimit = 64
    /// Changes that wait in this process; one more is refused.
    static let queueLimit = 8192
    private static let patienceMS = 60_000

    private struct Pending: Sendable {
        let replacement: CallReplacement
        /// Until when somebody waits for it.
        let deadline: Deadline
        let finish: @Sendable (Result<Bool, any Error>) -> Void
    }

    private struct State {
        var queues = [[Pending]](repeating: [], count: EventPartition.count)
        var isRunning = [Bool](repeating: false, count: EventPartition.count)
        var waiting = 0
    }

    private let batches: CallBatches
    private let state = Mutex(State())

    init(_ batches: CallBatches) {
        self.batches = batches
    }

    /// - Returns: false when the call is not any more what it was: nothing was stored.
    func replace(_ replacement: CallReplacement) async throws -> Bool {
        try await Failpoint.hit("calls.before-change")
        return try await withCheckedThrowingContinuation { continuation in
            let deadline = RequestContext.current?.deadline ?? .after(milliseconds: Self.patienceMS)
            submit(Pending(replacement: replacement, deadline: deadline) { continuation.resume(with: $0) })
        }
    }

    private enum Admission {
        case first, queued, refused
    }

    private func submit(_ pending: Pending) {
        let partition = EventPartition.of(pending.replacement.key.workspaceID.uuid)
        let admission: Admission = state.withLock { state in
            guard state.waiting < Self.queueLimit else { return .refused }
            state.waiting += 1
            state.queues[partition].append(pending)
            guard !state.isRunning[partition] else { return .queued }
            state.isRunning[partition] = true
            return .first
        }
        switch admission {
        case .first: Task { await drain(partition) }
        case .queued: break
        case .refused: pending.finish(.failure(Fault.overloaded()))
        }
    }

    private func drain(_ partition: Int) async {
        while let batch = next(partition) {
            let due = batch.filter { !$0.deadline.hasPassed }
            for late in batch where late.deadline.hasPassed { late.finish(.failure(Fault.overloaded())) }
            if !due.isEmpty, await !write(due) { turnAway(partition) }
            state.withLock { $0.waiting -= batch.count }
        }
    }

    private func next(_ partition: Int) -> [Pending]? {
        state.withLock { state in
            guard !state.queues[partition].isEmpty else {
                state.isRunning[partition] = false
                return nil
            }
            let batch = Array(state.queues[partition].prefix(Self.batchLimit))
            state.queues[partition].removeFirst(batch.count)
            return batch
        }
    }

    /// What waits behind changes that could not be written would only wait for the same; nothing of it was tried.
    private func turnAway(_ partition: Int) {
        let waiting = state.withLock { state in
            defer { state.queues[partition] = [] }
            state.waiting -= state.queues[partition].count
            return state.queues[partition]
        }
        for pending in waiting { pending.finish(.failure(Fault(.unavailable, retryAfterMS: 1000))) }
    }

    /// - Returns: false when PostgreSQL seems to be away.
    private func write(_ batch: [Pending]) async -> Bool {
        let outcomes = await batches.outcomes(
            of: batch.map(\.replacement), stages: CommitStages(commitSent: { try? Failpoint.hit("calls.change-sent") })
        ) {
            try await Failpoint.hit("calls.changed-unanswered")
        }
        for (pending, outcome) in zip(batch, outcomes) { pending.finish(outcome) }
        return !outcomes.contains(where: \.saysServerIsAway)
    }
}
