import Bus
import ServiceRuntime

/// Mistakes that the fault tests must catch; none of them exists in a build that is not made for those tests.
enum PlantedBugs {
    /// The positions move in a transaction of their own before the rollup is written.
    static var movesPositionsFirst: Bool { PlantedBug.isPlanted("position-first") }

    /// The positions move in a transaction of their own, before or after the rollup is written.
    static var movesPositionsApart: Bool {
        movesPositionsFirst || PlantedBug.isPlanted("position-second-transaction")
    }

    /// Published news is taken for the truth: what was announced while nobody listened is never read.
    static var takesHintsForTruth: Bool { PlantedBug.isPlanted("hints-as-truth") }

    /// The number of a feed moves in a transaction of its own before the entries are written.
    static var movesFeedHeadsApart: Bool { PlantedBug.isPlanted("feed-head-apart") }

    /// The positions move in a transaction of their own after the entries of a feed are written.
    static var movesFeedPositionsApart: Bool { PlantedBug.isPlanted("feed-position-apart") }

    /// Moves the positions to the head of an owner's log without counting what lies between.
    static func jumpToHead<Owner: EventOwner>(
        of owner: Owner.Type, asking: any Asking, as caller: Caller, in statistics: any StatisticsRepository
    ) async throws -> [Int] {
        var positions = try await statistics.positions(in: Owner.name)
        while true {
            let missed = try await asking.ask(
                EventsAfter<Owner>(positions: positions, limit: 4096), as: caller, within: 5000
            ).events
            guard !missed.isEmpty else { return positions }
            try await statistics.apply(StatisticsChange(), of: missed, owner: Owner.name, from: positions)
            positions = positions.advanced(past: missed)
        }
    }
}
