import ServiceRuntime
import ZeroMQ

/// What a bus has counted, read whenever somebody asks.
enum BusMetrics {
    static func add(of bus: ZeroMQBus, to registry: PrometheusRegistry) {
        asking(bus, registry, "in_flight", .gauge, "Questions that wait for an answer.") { $0.inFlight }
        asking(bus, registry, "live_endpoints", .gauge, "Processes of the owner that answer.") { $0.live }
        asking(bus, registry, "asked_total", .counter, "Questions asked.") { $0.asked }
        asking(bus, registry, "refused_total", .counter, "Questions refused because too many were in flight.") {
            $0.refused
        }
        asking(bus, registry, "unreachable_total", .counter, "Questions for which nobody was there.") {
            $0.unreachable
        }
        asking(bus, registry, "timeouts_total", .counter, "Questions whose deadline passed.") { $0.timeouts }
        asking(bus, registry, "cut_off_total", .counter, "Questions in flight to a process that died.") { $0.cutOff }
        asking(bus, registry, "resent_total", .counter, "Questions sent once more, to another process.") { $0.resent }
        serving(bus, registry, "in_flight", .gauge, "Questions being worked on.") { $0.inFlight }
        serving(bus, registry, "queued", .gauge, "Questions that wait for their turn.") { $0.queued.reduce(0, +) }
        serving(bus, registry, "answered_total", .counter, "Questions answered.") { $0.answered }
        serving(bus, registry, "refused_total", .counter, "Questions refused under overload.") { $0.refused }
        serving(bus, registry, "expired_total", .counter, "Questions dropped because their deadline had passed.") {
            $0.expired
        }
        serving(bus, registry, "malformed_total", .counter, "Messages that are none.") { $0.malformed }
        serving(bus, registry, "strangers_total", .counter, "Peers refused for want of a known key.") { $0.strangers }
        news(bus, registry, "published_total", "News published.") { $0.published }
        news(bus, registry, "dropped_total", "News not published because the queue was full.") { $0.dropped }
        news(bus, registry, "heard_total", "News heard.") { $0.heard }
        news(bus, registry, "missed_total", "Times at which news may have been missed.") { $0.missed }
    }

    private static func asking(
        _ bus: ZeroMQBus, _ registry: PrometheusRegistry, _ name: String, _ kind: MetricKind, _ help: String,
        _ value: @escaping @Sendable (BusStats.Asking) -> Int
    ) {
        registry.read("switchboard_bus_asking_\(name)", kind: kind, help: help) {
            bus.stats.asking.sorted { $0.key < $1.key }.map {
                MetricSample(Double(value($0.value)), labels: [("owner", $0.key)])
            }
        }
    }

    private static func serving(
        _ bus: ZeroMQBus, _ registry: PrometheusRegistry, _ name: String, _ kind: MetricKind, _ help: String,
        _ value: @escaping @Sendable (BusStats.Serving) -> Int
    ) {
        registry.read("switchboard_bus_serving_\(name)", kind: kind, help: help) {
            [MetricSample(Double(value(bus.stats.serving)))]
        }
    }

    private static func news(
        _ bus: ZeroMQBus, _ registry: PrometheusRegistry, _ name: String, _ help: String,
        _ value: @escaping @Sendable (BusStats.News) -> Int
    ) {
        registry.read("switchboard_bus_news_\(name)", kind: .counter, help: help) {
            [MetricSample(Double(value(bus.stats.news)))]
        }
    }
}
