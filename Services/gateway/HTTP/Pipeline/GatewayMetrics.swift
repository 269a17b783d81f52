import Metrics
import NIOConcurrencyHelpers

/// What the metrics of the gateway mean, by name.
package let gatewayMetricHelp = [
    "switchboard_http_requests_total": "Requests answered, by route and status.",
    "switchboard_http_request_seconds": "From the end of the header to the answer.",
    "switchboard_http_requests_in_flight": "Requests that are worked on.",
    "switchboard_http_rate_limited_total": "Requests refused because somebody was over a limit.",
    "switchboard_credential_cache_total": "Good credentials, found among those checked before or not.",
    "switchboard_live_sockets": "Live connections that are open.",
    "switchboard_live_frames_total": "Frames sent to live connections.",
    "switchboard_live_slow_total": "Live connections closed because they read too slowly.",
]

/// Counts what the gateway does, by route and status.
final class GatewayMetrics: Sendable {
    private let timers: [Timer]
    private let otherTimer: Timer
    private let names: [String]
    private let counters = NIOLockedValueBox<[Int: Counter]>([:])
    private let limited = Counter(label: "switchboard_http_rate_limited_total")
    private let cacheHits = Counter(label: "switchboard_credential_cache_total", dimensions: [("result", "hit")])
    private let cacheMisses = Counter(label: "switchboard_credential_cache_total", dimensions: [("result", "miss")])

    init(_ table: RouteTable) {
        names = table.routes.map(\.name)
        timers = names.map { Timer(label: "switchboard_http_request_seconds", dimensions: [("route", $0)]) }
        otherTimer = Timer(label: "switchboard_http_request_seconds", dimensions: [("route", "none")])
    }

    func noteCredential(wasKnown: Bool) {
        (wasKnown ? cacheHits : cacheMisses).increment()
    }

    func note(_ mounted: MountedRoute?, status: Int, nanoseconds: UInt64) {
        (mounted.map { timers[$0.index] } ?? otherTimer).recordNanoseconds(Int64(nanoseconds))
        counter(mounted, status: status).increment()
        if status == 429 { limited.increment() }
    }

    private func counter(_ mounted: MountedRoute?, status: Int) -> Counter {
        let key = (mounted?.index ?? names.count) * 1000 + status
        return counters.withLockedValue { counters in
            if let counter = counters[key] { return counter }
            let counter = Counter(
                label: "switchboard_http_requests_total",
                dimensions: [("route", mounted?.name ?? "none"), ("status", String(status))])
            counters[key] = counter
            return counter
        }
    }
}
