import Bus
import Contracts
import EventLog
import Postgres
import ServiceHost
import ServiceLifecycle

/// Keeps the copies of clients, agents and campaigns up with the events of agents.
struct AgentsListener: Service {
    private let follower: EventFollower<AgentsEvents>

    init(host: ServiceHost, things: NamedThings) {
        let jobs = host.jobs
        let positions = EventPositions(schema: "calls", owner: AgentsEvents.name)
        host.bus.subscribe(to: EventsRecorded<AgentsEvents>.self, missed: { things.forget() }, { _ in things.forget() })
        follower = EventFollower(
            bus: host.bus, as: .service("calls"), logger: host.logger,
            load: {
                things.forget()
                return try await positions.load(from: jobs)
            },
            apply: { events, current in
                defer { things.forget() }
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
        var clients: [ClientID: ClientCopy] = [:]
        var agents: [AgentID: AgentCopy] = [:]
        var campaigns: [CampaignID: CampaignCopy] = [:]
        for record in events {
            let workspaceID = WorkspaceID(record.workspaceID)
            if let change = try record.event(ClientChanged.self) {
                let copy = ClientCopy(change.after, in: workspaceID)
                if clients[copy.id].map({ $0.version <= copy.version }) ?? true { clients[copy.id] = copy }
            } else if let change = try record.event(AgentChanged.self) {
                let copy = AgentCopy(change.after, in: workspaceID)
                if agents[copy.id].map({ $0.version <= copy.version }) ?? true { agents[copy.id] = copy }
            } else if let change = try record.event(CampaignChanged.self) {
                let copy = CampaignCopy(change.after, in: workspaceID)
                if campaigns[copy.id].map({ $0.version <= copy.version }) ?? true { campaigns[copy.id] = copy }
            }
        }
        let statements =
            (clients.isEmpty ? [] : [PostgresClientCopyRepository.statement(Array(clients.values))])
            + (agents.isEmpty ? [] : [PostgresAgentCopyRepository.statement(Array(agents.values))])
            + (campaigns.isEmpty ? [] : [PostgresCampaignCopyRepository.statement(Array(campaigns.values))])
        try await jobs.transaction { transaction in
            try await positions.lock(for: events, at: current, in: transaction)
            try await transaction.pipeline(statements)
            try await positions.move(past: events, from: current, in: transaction)
        }
    }
}
