import ServiceRuntime
import Synchronization

/// What was asked of a model and what came of it.
final class ChatCounts: Sendable {
    struct Values: Sendable {
        var asked = 0
        var retries = 0
        var promptTokens = 0
        var completionTokens = 0
        var costMicros = 0
        /// By the label of the failure.
        var failures: [String: Int] = [:]
    }

    private let held = Mutex(Values())

    var values: Values { held.withLock { $0 } }

    func note(_ change: (inout Values) -> Void) {
        held.withLock { change(&$0) }
    }
}

/// What a model looks like, read whenever somebody asks.
enum ChatMetrics {
    static func add(of chat: OpenAICompatibleChat, to registry: PrometheusRegistry) {
        func count(_ name: String, _ help: String, _ value: @escaping @Sendable (ChatCounts.Values) -> Int) {
            registry.read("switchboard_llm_\(name)_total", kind: .counter, help: help) { [chat] in
                [MetricSample(Double(value(chat.counts.values)))]
            }
        }
        count("asked", "Questions to the language model.") { $0.asked }
        count("retries", "Attempts after a failed one.") { $0.retries }
        count("prompt_tokens", "Tokens that were sent.") { $0.promptTokens }
        count("completion_tokens", "Tokens that were answered.") { $0.completionTokens }
        count("cost_micros", "What answers cost, in millionths.") { $0.costMicros }
        registry.read(
            "switchboard_llm_failures_total", kind: .counter, help: "Questions without an answer, by what went wrong."
        ) { [chat] in
            chat.counts.values.failures.sorted { $0.key < $1.key }.map {
                MetricSample(Double($0.value), labels: [("reason", $0.key)])
            }
        }
        registry.read("switchboard_llm_breaker_open", help: "1 while the language model is not asked since it fails.") {
            [chat] in [MetricSample(chat.isBreakerOpen ? 1 : 0)]
        }
    }
}
