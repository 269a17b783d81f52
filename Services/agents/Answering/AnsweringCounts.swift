import ServiceRuntime
import Synchronization

/// How messages were answered.
final class AnsweringCounts: Sendable {
    enum Way: String, CaseIterable {
        /// By the language model.
        case generated
        /// With the words of a passage, or a fixed phrase.
        case quoted
        /// With the words that the agent does not know.
        case unknown
        /// The language model was asked in vain; one of the two above follows.
        case fellBack = "fell_back"
    }

    private let counts = Mutex<[String: Int]>([:])

    func note(_ way: Way) {
        counts.withLock { $0[way.rawValue, default: 0] += 1 }
    }

    func count(_ way: Way) -> Int { counts.withLock { $0[way.rawValue] ?? 0 } }

    func show(in registry: PrometheusRegistry) {
        registry.read("switchboard_answers_total", kind: .counter, help: "Messages answered, by how they were.") {
            Way.allCases.map { MetricSample(Double(self.count($0)), labels: [("way", $0.rawValue)]) }
        }
    }
}
