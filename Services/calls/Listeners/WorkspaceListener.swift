import Bus
import Contracts
import EventLog
import Postgres
import ServiceHost
import ServiceLifecycle

/// Follows how long workspaces keep their recordings, from the events of auth.
struct WorkspaceListener: Service {
    private let follower: EventFollower<AuthEvents>

    init(host: ServiceHost) {
        let jobs = host.jobs
        let positions = EventPositions(schema: "calls", owner: AuthEvents.name)
        follower = EventFollower(
            bus: host.bus, as: .service("calls"), logger: host.logger,
            load: { try await positions.load(from: jobs) },
            apply: { events, current in
                do {
                    try await Self.apply(events, at: current, positions: positions, jobs: jobs)
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
    ) async throws {
        // The last one of a workspace counts.
        var retention: [WorkspaceID: Int?] = [:]
        for record in events {
            guard let change = try record.event(WorkspaceChanged.self) else { continue }
            retention[WorkspaceID(record.workspaceID)] = .some(change.after.retentionDays)
        }
        let statements = retention.map { workspaceID, days in
            PostgresRecordingRepository.retention(days: days, in: workspaceID)
        }
        try await jobs.transaction { transaction in
            try await positions.lock(for: events, at: current, in: transaction)
            try await transaction.pipeline(statements)
            try await positions.move(past: events, from: current, in: transaction)
        }
    }
}
