import NIOConcurrencyHelpers

/// What all connections of the health server share.
final class HealthSite: Sendable {
    let checks: ReadinessChecks
    let registry: PrometheusRegistry
    let limits: HealthServer.Limits

    private let connections = NIOLockedValueBox(0)
    private let lastBeat = NIOLockedValueBox(ContinuousClock.now)

    init(checks: ReadinessChecks, registry: PrometheusRegistry, limits: HealthServer.Limits) {
        self.checks = checks
        self.registry = registry
        self.limits = limits
    }

    /// Counts a connection; false when there are too many.
    func admit() -> Bool {
        connections.withLockedValue { count in
            guard count < limits.connections else { return false }
            count += 1
            return true
        }
    }

    func leave() { connections.withLockedValue { $0 -= 1 } }

    /// A sign of life from the tasks of the process.
    func beat() { lastBeat.withLockedValue { $0 = .now } }

    /// How long ago the last sign of life was.
    var silence: Duration { lastBeat.withLockedValue { ContinuousClock.now - $0 } }
}

/// An answer of the health server.
struct HealthAnswer: Sendable {
    /// The HTTP status.
    let status: Int
    let contentType: String
    let body: String
    /// Whether the connection ends behind it.
    var closes = false

    static func json(_ status: Int, _ body: String) -> HealthAnswer {
        HealthAnswer(status: status, contentType: "application/json", body: body)
    }

    static func text(_ status: Int, _ body: String, closes: Bool = false) -> HealthAnswer {
        HealthAnswer(status: status, contentType: "text/plain; charset=utf-8", body: body + "\n", closes: closes)
    }
}
