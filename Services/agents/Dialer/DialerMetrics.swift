import ServiceRuntime

/// What dialling looks like, read whenever somebody asks.
enum DialerMetrics {
    static func add(of state: DialerState, to registry: PrometheusRegistry) {
        func count(_ name: String, _ help: String, _ value: @escaping @Sendable (DialerState.Counts) -> Int) {
            registry.read("switchboard_dialer_\(name)_total", kind: .counter, help: help) {
                [MetricSample(Double(value(state.counts)))]
            }
        }
        count("placed", "Calls that the carrier has taken.") { $0.placed }
        count("refused", "Calls that the carrier has refused.") { $0.refused }
        count("unknown", "Calls of which nobody knows whether they were placed.") { $0.unknown }
        count("settled", "Attempts that this process has settled.") { $0.settled }
        registry.read("switchboard_dialer_unplaced", help: "Attempts that wait to be placed.") {
            [MetricSample(Double(state.unplaced))]
        }
        registry.read("switchboard_dialer_open", help: "Attempts that this process holds.") {
            [MetricSample(Double(state.calls.count))]
        }
        registry.read("switchboard_dialer_breaker_open", help: "1 while no calls are placed since the carrier fails.") {
            [MetricSample(state.isBreakerOpen ? 1 : 0)]
        }
    }
}
