import Bus
import Contracts
import EventLog
import Postgres
import ServiceHost
import ServiceLifecycle

/// Keeps the copies of clients up with the events of agents.
struct ClientChangedListener: Service {
    private let follower: EventFollower<AgentsEvents>

    init(host: ServiceHost, lookup: ClientLookup) {
        let jobs = host.jobs
        let positions = EventPositions(schema: "calls", owner: AgentsEvents.name)
        host.bus.subscribe(to: EventsRecorded<AgentsEvents>.self, missed: { lookup.forget() }, { _ in lookup.forget() })
        follower = EventFollower(
            bus: host.bus, as: .service("calls"), logger: host.logger,
            load: {
                lookup.forget()
                return try await positions.load(from: jobs)
            },
            apply: { events, current in
                defer { lookup.forget() }
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
        var latest: [ClientID: ClientCopy] = [:]
        for record in events {
            guard let change = try record.event(ClientChanged.self) else { continue }
            let copy = ClientCopy(change.after, in: WorkspaceID(record.workspaceID))
            if let known = latest[copy.id], known.version > copy.version { continue }
            latest[copy.id] = copy
        }
        let copies = Array(latest.values)
        try await jobs.transaction { transaction in
            try await positions.lock(for: events, at: current, in: transaction)
            if !copies.isEmpty { try await transaction.query(PostgresClientCopyRepository.statement(copies)) }
            try await positions.move(past: events, from: current, in: transaction)
        }
    }
}
