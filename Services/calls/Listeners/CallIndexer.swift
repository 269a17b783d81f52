import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceHost
import ServiceLifecycle

/// Keeps the full-text search and the queue of calls to analyse up with the log of calls. While many calls come in it
/// rests after each batch for many times as long as that took, so that they are stored first and indexed afterwards.
struct CallIndexer: Service {
    private let follower: EventFollower<CallsEvents>

    /// How much longer than a batch takes the rest after it is, while many calls come in.
    private static let restFactor = 15

    /// - Parameter isBusy: whether many calls come in.
    init(host: ServiceHost, isBusy: @escaping @Sendable () -> Bool) {
        let jobs = host.jobs
        let positions = EventPositions(schema: "calls", owner: CallsEvents.name)
        let analysesStated = host.settings[AnalysisSettings.loggedCalls]
        follower = EventFollower(
            bus: host.bus, as: .service("calls"), logger: host.logger, limit: 512,
            load: { try await positions.load(from: jobs) },
            apply: { events, current in
                let begin = ContinuousClock.now
                do {
                    try await Self.apply(
                        events, at: current, positions: positions, jobs: jobs, analysesStated: analysesStated)
                } catch is EventPositionsMoved {
                    // Another process was faster: go on from where it is.
                    return try await positions.load(from: jobs)
                }
                if isBusy() {
                    try await Task.sleep(for: min((ContinuousClock.now - begin) * Self.restFactor, .seconds(2)))
                }
                return current.advanced(past: events)
            })
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await follower.run() }
    }

    private static func apply(
        _ events: [EventRecord], at current: [Int], positions: EventPositions, jobs: Database, analysesStated: Bool
    ) async throws {
        var changed: Set<CallKey> = []
        for record in events {
            guard let change = try record.event(CallChanged.self) else { continue }
            changed.insert(CallKey(workspaceID: WorkspaceID(record.workspaceID), id: change.id))
        }
        try await jobs.transaction { transaction in
            try await positions.lock(for: events, at: current, in: transaction)
            try await transaction.pipeline(
                CallSearch.index(Array(changed))
                    + [AnalysisQueue.add(Array(changed), includesStated: analysesStated)])
            try await positions.move(past: events, from: current, in: transaction)
        }
    }
}
