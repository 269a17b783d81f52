import Bus
import Contracts
import Metrics
import Synchronization

/// Lets in so many requests at a time; under load ingestion goes first, then reads, then statistics.
final class InFlight: Sendable {
    private let running = Atomic<Int>(0)
    private let batches = Atomic<Int>(0)
    private let limit: Int
    private let batchLimit: Int
    private let gauge = Gauge(label: "switchboard_http_requests_in_flight")

    init(limit: Int, batchLimit: Int) {
        self.limit = limit
        self.batchLimit = batchLimit
    }

    /// - Throws: `.overloaded`; then `leave` must not be called.
    func enter(_ priority: AdmissionPriority, isBatch: Bool) throws {
        let share =
            switch priority {
            case .ingest: limit
            case .read: limit - limit / 5
            case .statistics: limit - limit * 2 / 5
            }
        let now = running.add(1, ordering: .relaxed).newValue
        guard now <= share else {
            running.subtract(1, ordering: .relaxed)
            throw Fault(.overloaded, retryAfterMS: 1000)
        }
        if isBatch, batches.add(1, ordering: .relaxed).newValue > batchLimit {
            leave(isBatch: true)
            throw Fault(.overloaded, retryAfterMS: 1000)
        }
        gauge.record(now)
    }

    func leave(isBatch: Bool) {
        if isBatch { batches.subtract(1, ordering: .relaxed) }
        gauge.record(running.subtract(1, ordering: .relaxed).newValue)
    }
}
