import Bus
import Contracts
import EventLog
import Foundation
import Postgres

@testable import agents
@testable import analytics
@testable import calls

extension ServiceDatabase.Schema {
    static let forAnalytics = ServiceDatabase.Schema(name: "analytics", migrations: AnalyticsService.migrations)
    static let forCalls = ServiceDatabase.Schema(name: "calls", migrations: CallsService.migrations)
}

/// The parts of three services over one database that statistics have to do with, on a bus in memory.
struct CallTraffic: Sendable {
    let bus = InMemoryBus(logger: silentLogger)
    let calls: ServiceDatabase
    let clients: PostgresClientRepository
    let statistics: PostgresStatisticsRepository
    /// For what a user of the database might do to it.
    let owner: Database
    let workspaces = (0..<4).map { _ in WorkspaceID(UUID()) }
    private let clientIDs = (0..<3).map { _ in ClientID(UUID()) }
    private let agentID = AgentID(UUID())
    private let campaignID = CampaignID(UUID())

    static func with(_ body: (CallTraffic) async throws -> Void) async throws {
        try await ServiceDatabase.with([.forAgents, .forCalls, .forAnalytics]) { services, owner in
            guard let agents = services["agents"], let calls = services["calls"],
                let analytics = services["analytics"]
            else { return }
            try await body(CallTraffic(agents: agents, calls: calls, analytics: analytics, owner: owner))
        }
    }

    private init(agents: ServiceDatabase, calls: ServiceDatabase, analytics: ServiceDatabase, owner: Database) {
        self.calls = calls
        self.owner = owner
        clients = PostgresClientRepository(store: AgentsStore(database: agents.database, jobs: agents.jobs))
        statistics = PostgresStatisticsRepository(database: analytics.database, jobs: analytics.jobs)
        bus.serve(
            EventsAfter<CallsEvents>.self, EventReader(database: calls.jobs, schema: "calls").answer)
        bus.serve(
            EventsAfter<AgentsEvents>.self, EventReader(database: agents.jobs, schema: "agents").answer)
        let recompute = RecomputeHandler(recompute: PostgresRecompute(jobs: calls.jobs))
        bus.serve(ListCallWorkspaces.self, recompute.handle)
        bus.serve(RecomputeStatistics.self, recompute.handle)
        bus.serve(ListClients.self, ListClientsHandler(clients: clients).handle)
        bus.serve(Ping<CallsEvents>.self) { _, _ in Done() }
        bus.serve(Ping<AgentsEvents>.self) { _, _ in Done() }
    }

    /// Logs calls as the calls service does.
    func log(_ count: Int, in workspaceID: WorkspaceID) async throws {
        let writer = PostgresCallWriter(database: calls.database, logger: silentLogger) { [bus] partition in
            bus.publish(EventsRecorded<CallsEvents>(partition: partition))
        }
        let logged = try (0..<count).map { _ in
            Bool.random()
                ? try NewCall.logged(randomCall(), in: workspaceID, agentID: Bool.random() ? agentID : nil, at: .now())
                : try NewCall.recorded(
                    RecordCall(id: CallID(UUID()), fields: randomFields(), isSimulated: Bool.random()),
                    in: workspaceID, agentID: nil, at: .now())
        }
        let partition = EventPartition.of(workspaceID.uuid)
        for result in await writer.write(logged, partition: partition, until: .after(milliseconds: 10_000), stalled: {})
        {
            _ = try result.get()
        }
    }

    private func randomCall() -> LogCall {
        func latency() -> Int? { Int.random(in: 0..<3) == 0 ? nil : Int.random(in: 0...4_000_000) }
        return LogCall(
            id: CallID(UUID()), clientID: clientIDs[Int.random(in: 0..<3)], callerPhone: "+15550123",
            durationMS: Int.random(in: 0...600_000),
            latencies: ComponentLatencies(sttMicros: latency(), llmMicros: latency(), ttsMicros: latency()),
            sentiment: Sentiment.allCases.randomElement() ?? .neutral, success: Bool.random(),
            createdAt: Timestamp.now().adding(seconds: -Int.random(in: 0...400_000)))
    }

    private func randomFields() -> CallFields {
        var fields = CallFields()
        fields.agentID = Bool.random() ? agentID : nil
        fields.campaignID = Bool.random() ? campaignID : nil
        fields.status = CallStatus.allCases.randomElement()
        fields.sentiment = Sentiment.allCases.randomElement()
        fields.costMicros = Int.random(in: 0...2_000_000)
        fields.keyPhrases = ["Billing issue", "billing  ISSUE", "refund", "straße", "İstanbul"]
            .filter { _ in Bool.random() }
        fields.latencies = Bool.random() ? ComponentLatencies(ttsMicros: Int.random(in: 0...1_000_000)) : nil
        return fields
    }

    /// Changes one call, if its state lets it.
    func changeOne(in workspaceID: WorkspaceID) async throws {
        guard let call = try await anyCall(in: workspaceID),
            let next = try? call.state.changed(by: randomFields(), at: .now())
        else { return }
        _ = try await repository.replace(call, by: next, in: workspaceID, at: .now())
    }

    /// Deletes one call.
    func deleteOne(in workspaceID: WorkspaceID) async throws {
        guard let call = try await anyCall(in: workspaceID) else { return }
        _ = try await repository.replace(call, by: nil, in: workspaceID, at: .now())
    }

    private func anyCall(in workspaceID: WorkspaceID) async throws -> StoredCall? {
        let page = try await repository.page(ListCalls(limit: 50), in: workspaceID)
        guard let id = page.calls.randomElement()?.id else { return nil }
        return try await repository.call(id, in: workspaceID)
    }

    private var repository: PostgresCallRepository {
        let writer = PostgresCallWriter(database: calls.database, logger: silentLogger) { _ in }
        return PostgresCallRepository(
            database: calls.database, ingest: CallIngest(writer: writer, logger: silentLogger),
            search: CallSearch(database: calls.database, jobs: calls.jobs),
            changes: CallChanges(
                CallBatches(database: calls.database) { [bus] workspaceID in
                    bus.publish(EventsRecorded<CallsEvents>(partition: EventPartition.of(workspaceID.uuid)))
                }))
    }

    /// A process that follows calls and clients.
    func follow() async throws {
        let calls = StatisticsFollower(
            of: CallsEvents.self, bus: bus, statistics: statistics, progress: FollowerProgress(), logger: silentLogger,
            restMS: 1, limit: 64)
        let agents = StatisticsFollower(
            of: AgentsEvents.self, bus: bus, statistics: statistics, progress: FollowerProgress(), logger: silentLogger,
            restMS: 1, limit: 64)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await calls.run() }
            group.addTask { try await agents.run() }
            try await group.waitForAll()
        }
    }

    /// Waits until the statistics have all events.
    func awaitStatistics() async throws {
        let deadline = Deadline.after(milliseconds: 30_000)
        while true {
            let heads = try await owner.query(
                """
                SELECT (SELECT sum(number) FROM calls.event_head)::bigint
                    + (SELECT sum(number) FROM agents.event_head)::bigint,
                    (SELECT coalesce(sum(number), 0) FROM analytics.event_positions)::bigint
                """)
            let (logged, workedIn) = try heads[0].decode((Int, Int).self)
            if logged == workedIn { return }
            guard !deadline.hasPassed else { throw Fault(.unavailable, "\(workedIn) of \(logged) events") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// What `analytics verify` prints, and its exit code.
    func verify(rowsPerPart: Int = 50_000) async throws -> (code: Int32, lines: [String]) {
        let lines = Lines()
        var check = StatisticsCheck(of: statistics, asking: bus)
        check.rowsPerPart = rowsPerPart
        let code = try await VerifyCommand(check: check, report: { lines.add($0) }).run()
        return (code, lines.all)
    }

    private final class Lines: @unchecked Sendable {
        private let lock = NSLock()
        private var lines: [String] = []
        func add(_ line: String) { lock.withLock { lines.append(line) } }
        var all: [String] { lock.withLock { lines } }
    }
}
