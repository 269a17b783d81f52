import Bus
import Foundation
import ServiceRuntime

/// How well an owner's log is followed, for readiness and metrics.
final class FollowerProgress: @unchecked Sendable {
    private struct State {
        /// Nanoseconds of `monotonicNanoseconds()`; nil before the first time.
        var caughtUpAt: UInt64?
        var positions = [Int](repeating: 0, count: EventPartition.count)
        /// When the first news came of a partition that was not worked in since.
        var newsAt = [UInt64?](repeating: nil, count: EventPartition.count)
        /// The news that the batch under way answers.
        var answered: [UInt64] = []
        var eventCount = 0
        var batchCount = 0
    }

    /// How long after the last time it is still believed that nothing is missing.
    static let patienceNanoseconds: UInt64 = 5_000_000_000

    private let lock = NSLock()
    private var state = State()
    private let clock: @Sendable () -> UInt64
    private let recordLag: @Sendable (Int64) -> Void

    /// - Parameter recordLag: is given nanoseconds from the news of an event to the commit of what it changes.
    init(
        clock: @escaping @Sendable () -> UInt64 = monotonicNanoseconds,
        recordLag: @escaping @Sendable (Int64) -> Void = { _ in }
    ) {
        self.clock = clock
        self.recordLag = recordLag
    }

    func heardNews(of partition: Int) {
        guard (0..<EventPartition.count).contains(partition) else { return }
        let now = clock()
        lock.withLock { state.newsAt[partition] = state.newsAt[partition] ?? now }
    }

    func began(_ batch: [EventRecord]) {
        let partitions = Set(batch.map(\.partition))
        lock.withLock {
            state.answered = partitions.compactMap { state.newsAt[$0] }
            for partition in partitions { state.newsAt[partition] = nil }
        }
    }

    /// - Parameter isAll: the owner had no more when it was asked.
    func applied(_ batch: [EventRecord], upTo positions: [Int], isAll: Bool) {
        let now = clock()
        let answered = lock.withLock {
            state.eventCount += batch.count
            state.batchCount += 1
            state.positions = positions
            if isAll { state.caughtUpAt = now }
            defer { state.answered = [] }
            return state.answered
        }
        for news in answered { recordLag(Int64(clamping: now &- news)) }
    }

    func caughtUp() {
        let now = clock()
        lock.withLock {
            state.caughtUpAt = now
            state.newsAt = [UInt64?](repeating: nil, count: EventPartition.count)
        }
    }

    var readiness: Readiness {
        guard let secondsBehind else { return .notReady("has not caught up yet") }
        guard secondsBehind * 1_000_000_000 <= Double(Self.patienceNanoseconds) else {
            return .notReady("has not caught up for \(Int(secondsBehind)) s")
        }
        return .ready
    }

    /// Since nothing was missing; nil when something always was.
    var secondsBehind: Double? {
        let now = clock()
        return lock.withLock { state.caughtUpAt.map { Double(now - min(now, $0)) / 1_000_000_000 } }
    }

    /// Since the start of the process.
    var counts: (events: Int, batches: Int) { lock.withLock { (state.eventCount, state.batchCount) } }

    /// The last number of each partition that this process worked in; 0 before the first.
    var positions: [Int] { lock.withLock { state.positions } }
}
