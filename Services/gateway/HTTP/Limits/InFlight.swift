import Bus
import Contracts
import Metrics
import Synchronization

/// Lets in so many requests at a time; under load ingestion goes first, then reads, then statistics.
final class InFlight: Sendable {
    private let running = Atomic<Int>(0)
    /// What a request holds while it is worked on.
    enum Weight: Sendable {
        case light
        /// A batch's body.
        case batch
        /// What storage has not taken yet.
        case upload
    }

    private let batches = Atomic<Int>(0)
    private let uploads = Atomic<Int>(0)
    private let limit: Int
    private let batchLimit: Int
    private let uploadLimit: Int
    private let gauge = Gauge(label: "switchboard_http_requests_in_flight")

    init(limit: Int, batchLimit: Int, uploadLimit: Int) {
        self.limit = limit
        self.batchLimit = batchLimit
        self.uploadLimit = uploadLimit
    }

    /// - Throws: `.overloaded`; then `leave` must not be called.
    func enter(_ priority: AdmissionPriority, _ weight: Weight) throws {
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
        let isTooMuch =
            switch weight {
            case .light: false
            case .batch: batches.add(1, ordering: .relaxed).newValue > batchLimit
            case .upload: uploads.add(1, ordering: .relaxed).newValue > uploadLimit
            }
        if isTooMuch {
            leave(weight)
            throw Fault(.overloaded, retryAfterMS: 1000)
        }
        gauge.record(now)
    }

    func leave(_ weight: Weight) {
        switch weight {
        case .light: break
        case .batch: batches.subtract(1, ordering: .relaxed)
        case .upload: uploads.subtract(1, ordering: .relaxed)
        }
        gauge.record(running.subtract(1, ordering: .relaxed).newValue)
    }
}
