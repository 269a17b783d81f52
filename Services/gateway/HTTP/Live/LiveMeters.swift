import Metrics

/// Counts what live connections do.
final class LiveMeters: Sendable {
    private let sockets = Gauge(label: "switchboard_live_sockets")
    private let frames = Counter(label: "switchboard_live_frames_total")
    private let slow = Counter(label: "switchboard_live_slow_total")

    func open(sockets count: Int) { sockets.record(count) }
    func sent(frames count: Int) { frames.increment(by: count) }
    func closedSlow() { slow.increment() }
}
