import ServiceRuntime
import Synchronization

/// How often what happened, by one word each.
final class OutcomeCounts: Sendable {
    private let held = Mutex<[String: Int]>([:])

    var values: [String: Int] { held.withLock { $0 } }

    func note(_ outcome: String) {
        held.withLock { $0[outcome, default: 0] += 1 }
    }

    /// - Parameter label: what the words of this one tell of.
    func samples(label: String, more: [(name: String, value: String)] = []) -> [MetricSample] {
        values.sorted { $0.key < $1.key }.map { MetricSample(Double($0.value), labels: more + [(label, $0.key)]) }
    }
}
