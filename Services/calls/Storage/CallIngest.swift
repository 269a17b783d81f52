import Bus
import Contracts
import Foundation
import Logging
import Metrics
import ServiceRuntime

/// Gathers calls into batches: while one batch of a partition commits, the next gathers. What comes while nothing is under
/// way is written at once. Batches of different partitions are written side by side, and two of one partition when both
/// are full: the second one's rows are inserted while the first one commits.
final class CallIngest: Sendable {
    /// Calls in one transaction.
    static let batchLimit = 256
    /// Bytes in one transaction, unless a single call is larger.
    static let batchBytes = 4 * 1024 * 1024
    /// Calls that wait in this process; one more is refused.
    static let queueLimit = 8192
    /// Bytes that wait in this process.
    static let queueBytes = 64 * 1024 * 1024
    /// After a batch of at least so many the next one gathers a moment longer, unless enough waits already: where many
    /// ask, small transactions would cost all of them more than the moment does.
    static let busyBatch = 4
    static let enoughWaiting = 64
    static let gatherMicroseconds = 500

    private let writer: any CallBatchWriter
    private let state = LockedState()
    private let logger: Logger
    private let batchSizes = Recorder(label: "switchboard_calls_batch_size", aggregate: true)

    init(writer: any CallBatchWriter, logger: Logger) {
        self.writer = writer
        self.logger = logger
    }

    /// Stores one call; answers when it is durable.
    func store(_ call: NewCall) async -> Result<LoggedCall, Fault> {
        await withCheckedContinuation { continuation in
            submit([PendingCall(call, deadline: Self.deadline) { continuation.resume(returning: $0) }])
        }
    }

    /// Stores each call on its own; answers when all are durable or refused, in their order.
    func store(_ calls: [NewCall]) async -> [Result<LoggedCall, Fault>] {
        guard calls.count > 1 else { return calls.isEmpty ? [] : [await store(calls[0])] }
        let deadline = Self.deadline
        return await withCheckedContinuation { continuation in
            let gathering = GatheredResults(count: calls.count) { continuation.resume(returning: $0) }
            submit(
                calls.enumerated().map { index, call in
                    PendingCall(call, deadline: deadline) { gathering.add($0, at: index) }
                })
        }
    }

    /// Calls that wait or are being written.
    var waiting: Int { state.withLock { $0.waiting } }

    /// Whether so many calls come in that what is done beside storing them should wait.
    var isPressed: Bool { state.withLock { $0.pressure.isHigh() } }

    private static var deadline: Deadline { RequestContext.current?.deadline ?? .after(milliseconds: 10_000) }

    private func submit(_ pending: [PendingCall]) {
        let size = pending.reduce(0) { $0 + $1.call.size }
        var started: [Int] = []
        var away: [PendingCall] = []
        let isAdmitted = state.withLock { state in
            guard state.waiting + pending.count <= Self.queueLimit, state.bytes + size <= Self.queueBytes else {
                return false
            }
            for item in pending {
                let partition = EventPartition.of(item.call.workspaceID.uuid)
                guard !state.queues[partition].isStalled else {
                    away.append(item)
                    continue
                }
                state.waiting += 1
                state.bytes += item.call.size
                state.queues[partition].append(item)
                if state.queues[partition].startsAnother {
                    state.queues[partition].running += 1
                    started.append(partition)
                }
            }
            return true
        }
        guard isAdmitted else {
            for item in pending { item.finish(.failure(.overloaded())) }
            return
        }
        Self.turnAway(away)
        for partition in started { Task { await drain(partition) } }
    }

    /// Nothing of these was tried.
    private static func turnAway(_ pending: [PendingCall]) {
        for item in pending { item.finish(.failure(Fault(.unavailable, retryAfterMS: 1000))) }
    }

    /// The batch under way cannot be written for now: what waits behind it and what comes is refused, since it would only
    /// wait for the same.
    private func stall(_ partition: Int) {
        let waiting = state.withLock { state in
            state.queues[partition].isStalled = true
            state.waiting -= state.queues[partition].count
            state.bytes -= state.queues[partition].bytes
            return state.queues[partition].take(atMost: .max, bytes: .max)
        }
        Self.turnAway(waiting)
    }

    private func drain(_ partition: Int) async {
        while let batch = next(partition) {
            let (due, late) = batch.partitioned { !$0.deadline.hasPassed }
            for item in late { item.finish(.failure(.overloaded())) }
            if !due.isEmpty {
                batchSizes.record(due.count)
                await write(due, partition)
            }
            state.withLock { state in
                state.pressure.note(batch.count)
                state.queues[partition].isStalled = false
                state.waiting -= batch.count
                state.bytes -= batch.reduce(0) { $0 + $1.call.size }
            }
            await gather(after: batch.count, partition)
        }
    }

    private func gather(after count: Int, _ partition: Int) async {
        guard count >= Self.busyBatch else { return }
        let waiting = state.withLock { $0.queues[partition].count }
        guard waiting > 0, waiting < Self.enoughWaiting else { return }
        try? await Task.sleep(for: .microseconds(Self.gatherMicroseconds))
    }

    /// The next batch, or nil when there is none for this writer.
    private func next(_ partition: Int) -> [PendingCall]? {
        state.withLock { state in
            guard state.queues[partition].hasBatchForOneMore(than: state.queues[partition].running - 1) else {
                state.queues[partition].running -= 1
                return nil
            }
            return state.queues[partition].take(atMost: Self.batchLimit, bytes: Self.batchBytes)
        }
    }

    private func writeUnique(
        _ calls: [NewCall], _ partition: Int, until deadline: Deadline
    ) async -> [Result<LoggedCall, Fault>] {
        await writer.write(calls, partition: partition, until: deadline) { [weak self] in self?.stall(partition) }
    }

    /// Writes a batch and answers each call. Calls of one id in one batch count as one, and as replays of it.
    private func write(_ batch: [PendingCall], _ partition: Int) async {
        if batch.count == 1 {
            let results = await writeUnique([batch[0].call], partition, until: batch[0].deadline)
            return batch[0].finish(results[0])
        }
        var unique: [NewCall] = []
        var places: [CallKey: Int] = [:]
        for item in batch where places[CallKey(item.call)] == nil {
            places[CallKey(item.call)] = unique.count
            unique.append(item.call)
        }
        let deadline = batch.map(\.deadline).max() ?? Self.deadline
        let results = await writeUnique(unique, partition, until: deadline)
        var answered = Set<CallKey>()
        for item in batch {
            let key = CallKey(item.call)
            guard let place = places[key] else { continue }
            let isFirst = answered.insert(key).inserted
            item.finish(isFirst ? results[place] : results[place].asRepeated(item.call, of: unique[place]))
        }
    }
}

extension CallQueue {
    /// Whether what waits is worth a writer more than there are.
    fileprivate func hasBatchForOneMore(than running: Int) -> Bool {
        switch running {
        case 0: count > 0
        case 1: count >= CallIngest.batchLimit
        default: false
        }
    }

    fileprivate var startsAnother: Bool { hasBatchForOneMore(than: running) }
}

/// Writes one batch of one partition in one transaction.
protocol CallBatchWriter: Sendable {
    /// - Parameters:
    ///   - calls: different ones, at most `CallIngest.batchLimit`.
    ///   - deadline: until when a lost connection is tried again, at most.
    ///   - stalled: called when it will take longer, because PostgreSQL seems to be away.
    /// - Returns: a result for each call, in their order, when it is durable or certain to have had no effect, or
    ///   `.outcomeUnknown`.
    func write(
        _ calls: [NewCall], partition: Int, until deadline: Deadline, stalled: @escaping @Sendable () -> Void
    ) async -> [Result<LoggedCall, Fault>]
}

/// What makes a call the same call.
struct CallKey: Hashable {
    let workspaceID: WorkspaceID
    let id: CallID

    init(_ call: NewCall) {
        self.init(workspaceID: call.workspaceID, id: call.id)
    }

    init(workspaceID: WorkspaceID, id: CallID) {
        self.workspaceID = workspaceID
        self.id = id
    }
}

private final class LockedState: @unchecked Sendable {
    struct State {
        var queues = [CallQueue](repeating: CallQueue(), count: EventPartition.count)
        var waiting = 0
        var bytes = 0
        var pressure = IngestPressure()
    }

    private let lock = NSLock()
    private var state = State()

    func withLock<Value>(_ body: (inout State) -> Value) -> Value {
        lock.withLock { body(&state) }
    }
}

/// Results that arrive one by one, handed over when all are there.
private final class GatheredResults: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [Result<LoggedCall, Fault>?]
    private var missing: Int
    private let done: @Sendable ([Result<LoggedCall, Fault>]) -> Void

    init(count: Int, done: @escaping @Sendable ([Result<LoggedCall, Fault>]) -> Void) {
        results = Array(repeating: nil, count: count)
        missing = count
        self.done = done
    }

    func add(_ result: Result<LoggedCall, Fault>, at index: Int) {
        let isLast = lock.withLock {
            results[index] = result
            missing -= 1
            return missing == 0
        }
        if isLast { done(results.map { $0 ?? .failure(.unexpected()) }) }
    }
}

extension Array {
    fileprivate func partitioned(_ belongs: (Element) -> Bool) -> (those: [Element], others: [Element]) {
        reduce(into: ([], [])) { parts, element in
            if belongs(element) { parts.those.append(element) } else { parts.others.append(element) }
        }
    }
}

extension Result<LoggedCall, Fault> {
    /// The answer to a second request of the same id in the same batch.
    fileprivate func asRepeated(_ call: NewCall, of first: NewCall) -> Self {
        guard call.fingerprint == first.fingerprint else { return .failure(Fault(.keyReused)) }
        return map { stored in
            var replayed = stored
            replayed.isReplayed = true
            return replayed
        }
    }
}
