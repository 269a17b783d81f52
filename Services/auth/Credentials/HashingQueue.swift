import Bus
import Foundation

/// Work that waits for one of a few threads. Bounded; work whose deadline has passed is not begun.
final class HashingQueue: @unchecked Sendable {
    struct Job {
        /// Nobody waits for the result after it; nil waits for ever.
        let deadline: Deadline?
        let run: @Sendable () -> Void
        let refuse: @Sendable () -> Void
    }

    private let mostWaiting: Int
    private let condition = NSCondition()
    private var waiting: [Job] = []
    private var refused = 0
    private var isStopped = false

    init(mostWaiting: Int) {
        self.mostWaiting = mostWaiting
    }

    /// - Returns: false when it is full or stopped; then neither closure of the job is called.
    func add(_ job: Job) -> Bool {
        condition.withLock {
            guard !isStopped, waiting.count < mostWaiting else {
                refused += 1
                return false
            }
            waiting.append(job)
            condition.signal()
            return true
        }
    }

    /// How many wait for a thread now, and how many were turned away since the start.
    var load: (waiting: Int, refused: Int) {
        condition.withLock { (waiting.count, refused) }
    }

    /// Works until the queue is stopped and empty.
    func work() {
        while let job = next() {
            if job.deadline?.hasPassed == true { job.refuse() } else { job.run() }
        }
    }

    /// What waits is still done.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }

    private func next() -> Job? {
        condition.withLock {
            while waiting.isEmpty, !isStopped { condition.wait() }
            return waiting.isEmpty ? nil : waiting.removeFirst()
        }
    }
}
