import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceHost
import ServiceLifecycle
import Synchronization
import Testing

@testable import agents

/// Campaigns in a database of their own, and what a test needs to dial them.
struct DialBench {
    let agents: ServiceDatabase
    let store: AgentsStore
    let bus = InMemoryBus(logger: silentLogger)
    let calls: CallsDouble
    let workspaceID = WorkspaceID(UUID())
    let agentID = AgentID(UUID())

    var campaigns: PostgresCampaignRepository { PostgresCampaignRepository(store: store) }
    var numbers: PostgresNumberRepository { PostgresNumberRepository(store: store) }
    var attempts: PostgresAttemptRepository { PostgresAttemptRepository(jobs: store.jobs) }

    static func with(_ body: (DialBench) async throws -> Void) async throws {
        try await ServiceDatabase.with([.forAgents]) { services, _ in
            let agents = try #require(services["agents"])
            let bench = DialBench(agents: agents)
            try await bench.addAgent()
            try await body(bench)
        }
    }

    private init(agents: ServiceDatabase) {
        self.agents = agents
        store = AgentsStore(database: agents.database, jobs: agents.jobs)
        calls = CallsDouble(on: bus)
    }

    private func addAgent() async throws {
        var fields = AgentFields()
        fields.name = "Caller"
        let agent = try Agent.made(by: fields, id: agentID, createdBy: nil, at: .now())
        _ = try await PostgresAgentRepository(store: store).add(agent, under: nil, in: workspaceID)
    }

    /// - Returns: the id of a draft.
    func draft(
        _ count: Int, in other: WorkspaceID? = nil, _ change: (inout CampaignFields) -> Void = { _ in }
    ) async throws -> CampaignID {
        var fields = CampaignFields()
        fields.name = "Campaign"
        fields.agentID = agentID
        fields.endTime = Timestamp.now().adding(seconds: 86_400)
        change(&fields)
        let campaign = try Campaign.made(by: fields, id: CampaignID(UUID()), createdBy: nil, at: .now())
        let numbers = (0..<count).compactMap { PhoneNumber("+1555\(1_000_000 + $0)") }
        _ = try await campaigns.add(campaign, numbers: numbers, under: nil, in: other ?? workspaceID)
        return campaign.id
    }

    /// - Returns: the id of a launched campaign.
    func launched(
        _ count: Int, _ change: (inout CampaignFields) -> Void = { _ in }
    ) async throws -> CampaignID {
        let id = try await draft(count, change)
        _ = try await launch(id)
        return id
    }

    @discardableResult
    func launch(_ id: CampaignID) async throws -> CampaignRecord {
        try await campaigns.change(id, in: workspaceID) {
            try Campaign.launched($0, isAgentActive: $1, at: .now())
        }.campaign
    }

    @discardableResult
    func pause(_ id: CampaignID) async throws -> CampaignRecord {
        try await campaigns.change(id, in: workspaceID) { campaign, _ in
            try Campaign.paused(campaign, at: .now())
        }.campaign
    }

    func campaign(_ id: CampaignID) async throws -> CampaignRecord {
        try #require(try await campaigns.find(id, in: workspaceID)).campaign
    }

    func numbers(of id: CampaignID, _ state: NumberState? = nil) async throws -> [NumberRecord] {
        try await numbers.page(ListCampaignNumbers(campaignID: id, state: state, limit: 1000), in: workspaceID).numbers
    }

    func terms(_ holder: DialerID = DialerID(UUID()), leaseSeconds: Int = 15, callSeconds: Int = 3600) -> DialingTerms {
        DialingTerms(holder: holder, isSimulated: false, callSeconds: callSeconds, leaseSeconds: leaseSeconds)
    }

    func take(_ id: CampaignID, atMost limit: Int = 1000, _ terms: DialingTerms) async throws -> [Attempt] {
        try await attempts.take(
            from: DialableCampaign(workspaceID: workspaceID, id: id), limit: limit, terms: terms
        ).attempts
    }

    /// As if the time of every lease had come.
    func endLeases() async throws {
        try await agents.jobs.query(
            "UPDATE agents.attempts SET lease_until = clock_timestamp() - interval '1 millisecond'")
    }

    /// Whether the counts are what the numbers say.
    func expectCountsFit(_ id: CampaignID) async throws {
        let counts = try await campaign(id).counts
        let rows = try await agents.jobs.query(
            "SELECT state, count(*) FROM agents.campaign_numbers WHERE campaign_id = \(id) GROUP BY state")
        var found: [String: Int] = [:]
        for row in rows { found[try row[0]] = try row[1] }
        #expect(counts.pending == found["pending", default: 0], "\(counts)")
        #expect(counts.inProgress == found["in_progress", default: 0], "\(counts)")
        #expect(counts.completed == found["completed", default: 0], "\(counts)")
        #expect(counts.failed == found["failed", default: 0], "\(counts)")
        #expect(counts.total == found.values.reduce(0, +), "\(counts)")
    }

    /// Runs some processes that dial until `isSo`, then stops them gracefully.
    func dial(
        processes: Int = 1, carrier: (any Carrier)?, callSeconds: Int = 3600, within seconds: Int = 180,
        until isSo: () async throws -> Bool
    ) async throws {
        let groups = (0..<processes).map { _ in
            let dialling = Dialling(
                carrier: carrier, store: store, bus: bus, callSeconds: callSeconds, logger: silentLogger,
                announce: { _ in })
            return ServiceGroup(services: dialling.components, logger: silentLogger)
        }
        try await withThrowingTaskGroup(of: Void.self) { running in
            for group in groups { running.addTask { try await group.run() } }
            let deadline = ContinuousClock.now + .seconds(seconds)
            while try await !isSo(), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
            #expect(ContinuousClock.now < deadline, "not within \(seconds) s")
            for group in groups { await group.triggerGracefulShutdown() }
            try await running.waitForAll()
        }
    }
}

/// A carrier that takes calls and ends them soon after, and counts.
final class CarrierDouble: Carrier {
    struct Seen: Sendable {
        var placed: [CallID: Int] = [:]
        var running = 0
        var mostRunning = 0
    }

    private let seen = Mutex(Seen())
    private let calls: CallsDouble
    private let endsAfterMS: ClosedRange<Int>
    private let answer: @Sendable (Attempt) -> Placement
    private let ending: @Sendable (Attempt) -> EndCategory?

    /// - Parameters:
    ///   - answer: to the order.
    ///   - ending: how a placed call ends; nil when it does not.
    init(
        _ calls: CallsDouble, endsAfterMS: ClosedRange<Int> = 1...20,
        answer: @escaping @Sendable (Attempt) -> Placement = { _ in .placed },
        ending: @escaping @Sendable (Attempt) -> EndCategory? = { _ in .completed }
    ) {
        self.calls = calls
        self.endsAfterMS = endsAfterMS
        self.answer = answer
        self.ending = ending
    }

    var placed: [CallID: Int] { seen.withLock { $0.placed } }
    var mostRunning: Int { seen.withLock { $0.mostRunning } }

    func place(_ attempt: Attempt) async -> Placement {
        let placement = answer(attempt)
        guard placement == .placed else { return placement }
        seen.withLock { seen in
            seen.placed[attempt.callID, default: 0] += 1
            seen.running += 1
            seen.mostRunning = max(seen.mostRunning, seen.running)
        }
        guard let category = ending(attempt) else { return placement }
        let pauseMS = Int.random(in: endsAfterMS)
        Task { [self] in
            try? await Task.sleep(for: .milliseconds(pauseMS))
            seen.withLock { $0.running -= 1 }
            try calls.end(attempt.callID, category == .completed ? .completed : .failed, category)
        }
        return placement
    }

    func close() async {}
}
