import Bus
import Contracts
import EventLog
import Logging
import Postgres
import ServiceLifecycle

/// Settles attempts when the records of their calls say that they ended.
struct CallEndedListener: Service {
    private let follower: EventFollower<CallsEvents>

    /// - Parameter settled: is told how many attempts ended.
    init(
        bus: any Asking & Announcing, jobs: Database, logger: Logger, restMS: Int = 20,
        settled: @escaping @Sendable (Int) -> Void
    ) {
        let positions = EventPositions(schema: AgentsStore.schema, owner: CallsEvents.name)
        follower = EventFollower(
            bus: bus, as: .service(AgentsEvents.name), logger: logger, restMS: restMS,
            load: { try await positions.load(from: jobs) },
            apply: { events, current in
                do {
                    settled(try await Self.apply(events, at: current, positions: positions, jobs: jobs))
                    return current.advanced(past: events)
                } catch is EventPositionsMoved {
                    // Another process was faster: go on from where it is.
                    return try await positions.load(from: jobs)
                }
            })
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await follower.run() }
    }

    private static func apply(
        _ events: [EventRecord], at current: [Int], positions: EventPositions, jobs: Database
    ) async throws -> Int {
        var ends: [AttemptEnd] = []
        var known: Set<CallID> = []
        for record in events {
            guard let change = try record.event(CallChanged.self),
                let end = AttemptEnd(change, in: WorkspaceID(record.workspaceID)),
                known.insert(end.callID).inserted
            else { continue }
            ends.append(end)
        }
        return try await jobs.transaction { [ends] transaction in
            try await positions.lock(for: events, at: current, in: transaction)
            let count = ends.isEmpty ? 0 : try await AttemptSettling.settle(ends, in: transaction)
            try await positions.move(past: events, from: current, in: transaction)
            return count
        }
    }
}
