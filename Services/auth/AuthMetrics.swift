import ServiceRuntime

extension AuthMetrics {
    static func add(of mails: MailCounts, to registry: PrometheusRegistry) {
        registry.read("switchboard_auth_mails_total", kind: .counter, help: "Mails by what became of an attempt.") {
            let numbers = mails.current
            return [
                MetricSample(Double(numbers.sent), labels: [("outcome", "sent")]),
                MetricSample(Double(numbers.failed), labels: [("outcome", "failed")]),
                MetricSample(Double(numbers.givenUp), labels: [("outcome", "given-up")]),
            ]
        }
    }
}

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
