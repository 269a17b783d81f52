import ServiceRuntime

/// What the hashing of passwords looks like, read whenever somebody asks.
enum AuthMetrics {
    static func add(of passwords: HashingThreads, to registry: PrometheusRegistry) {
        registry.read("switchboard_auth_hashes_waiting", kind: .gauge, help: "Passwords that wait to be hashed.") {
            [MetricSample(Double(passwords.load.waiting))]
        }
        registry.read(
            "switchboard_auth_hashes_refused_total", kind: .counter,
            help: "Passwords turned away because too many waited."
        ) {
            [MetricSample(Double(passwords.load.refused))]
        }
    }
}
