import Bus
import EventLog
import Logging
import ServiceLifecycle

/// Works an owner's events into the statistics, each exactly once, however many processes do the same.
struct StatisticsFollower<Owner: EventOwner>: Service {
    private let follower: EventFollower<Owner>

    /// Listens to news from now on; `run` begins to read.
    /// - Parameter restMS: how long to rest after a batch that was not full, so that under load they grow and cost less
    ///   each.
    init(
        of owner: Owner.Type, bus: any Asking & Announcing, statistics: any StatisticsRepository,
        progress: FollowerProgress, logger: Logger, restMS: Int = 100, limit: Int = 4096
    ) {
        let caller = Caller.service("analytics")
        let hintsAreTruth = PlantedBugs.takesHintsForTruth
        bus.subscribe(to: EventsRecorded<Owner>.self, missed: {}, { progress.heardNews(of: $0.partition) })
        follower = EventFollower(
            bus: bus, as: caller, logger: logger, pollMS: hintsAreTruth ? 4000 : 250, restMS: restMS,
            limit: limit,
            load: {
                hintsAreTruth
                    ? try await PlantedBugs.jumpToHead(of: owner, asking: bus, as: caller, in: statistics)
                    : try await statistics.positions(in: Owner.name)
            },
            apply: { batch, positions in
                progress.began(batch)
                do {
                    try await statistics.apply(
                        try StatisticsChange(of: batch), of: batch, owner: Owner.name, from: positions)
                } catch is EventPositionsMoved {
                    // Another process was faster: go on from where it stands now.
                    return try await statistics.positions(in: Owner.name)
                }
                let moved = positions.advanced(past: batch)
                progress.applied(batch, upTo: moved, isAll: batch.count < limit)
                return moved
            },
            caughtUp: { progress.caughtUp() })
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await follower.run() }
    }
}
