import Bus
import Contracts
import EventLog
import Logging
import ServiceLifecycle
import ServiceRuntime

/// Works an owner's events into the feeds, each exactly once, however many processes do the same, and tells gateways.
struct FeedFollower<Owner: EventOwner>: Service {
    /// A batch of so many events is one of many.
    private static var busyCount: Int { 48 }

    private let follower: EventFollower<Owner>

    /// Listens to news from now on; `run` begins to read.
    /// - Parameters:
    ///   - restMS: how long to rest after a batch that was not full.
    ///   - busyRestMS: how much longer after one of many events, so that under load they grow and cost less each: who
    ///     watches hundreds of calls a second does not see a tenth of one.
    init(
        of owner: Owner.Type, bus: any Asking & Announcing, feeds: any FeedRepository, logger: Logger,
        restMS: Int = 20, busyRestMS: Int = 130, limit: Int = 4096,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        follower = EventFollower(
            bus: bus, as: .service("analytics"), logger: logger, restMS: restMS, limit: limit,
            load: { try await feeds.feedPositions(in: Owner.name) },
            apply: { batch, positions in
                do {
                    let grown = try await feeds.append(
                        try FeedChange(of: batch), of: batch, owner: Owner.name, from: positions, at: now())
                    try await Failpoint.hit("analytics.feed-committed")
                    Self.announce(grown, on: bus)
                } catch is EventPositionsMoved {
                    // Another process was faster: go on from where it stands now.
                    return try await feeds.feedPositions(in: Owner.name)
                }
                if (Self.busyCount..<limit).contains(batch.count) {
                    // The work is done and stays done, even when the rest is cut short.
                    try? await Task.sleep(for: .milliseconds(busyRestMS))
                }
                return positions.advanced(past: batch)
            })
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await follower.run() }
    }

    private static func announce(_ grown: [FeedHeads.Head], on bus: any Announcing) {
        for start in stride(from: 0, to: grown.count, by: FeedsGrown.mostHeads) {
            bus.publish(FeedsGrown(heads: Array(grown[start..<min(grown.count, start + FeedsGrown.mostHeads)])))
        }
    }
}
