import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

@testable import analytics

/// The stores that the same suite runs on.
enum StatisticsStore: CaseIterable {
    case memory
    case postgres

    func with(_ body: (any StatisticsRepository) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryStatisticsRepository())
        case .postgres:
            try await ServiceDatabase.with([.forAnalytics]) { services, _ in
                let analytics = try #require(services["analytics"])
                try await body(PostgresStatisticsRepository(database: analytics.database, jobs: analytics.jobs))
            }
        }
    }
}

@Suite struct `Kept statistics` {
    private let workspaceID = WorkspaceID(UUID())
    private let client = ClientID(UUID())
    private var partition: Int { EventPartition.of(workspaceID.uuid) }
    private let nothing = [Int](repeating: 0, count: EventPartition.count)

    private func facts(day: Int = 0, llmMicros: Int? = 900_000, sentiment: Sentiment = .positive) -> CallFacts {
        CallFacts(
            clientID: client, agentID: AgentID(UUID()), campaignID: CampaignID(UUID()), channel: .phone,
            status: .completed, success: true, sentiment: sentiment, durationMS: 45_500,
            latencies: ComponentLatencies(sttMicros: 120_000, llmMicros: llmMicros, ttsMicros: nil), costMicros: 77,
            endCategory: nil, isSimulated: false,
            createdAt: CalendarDay(daysSince1970: Int32(20_000 + day)).start)
    }

    private func record(_ number: Int, before: CallFacts?, after: CallFacts?) -> EventRecord {
        EventRecord(
            partition: partition, number: number, workspaceID: workspaceID.uuid, kind: CallChanged.kind,
            payload: CallChanged(id: CallID(UUID()), version: 1, before: before, after: after).encoded())
    }

    private func apply(_ batch: [EventRecord], to statistics: any StatisticsRepository, from: [Int]) async throws {
        try await statistics.apply(try StatisticsChange(of: batch), of: batch, owner: "calls", from: from)
    }

    @Test(arguments: StatisticsStore.allCases)
    func `are nothing before the first event`(store: StatisticsStore) async throws {
        try await store.with { statistics in
            let positions = try await statistics.positions(in: "calls")
            #expect(positions == nothing)
            let subject = RollupSubject(.workspace, in: workspaceID)
            #expect(try await statistics.totals(of: subject, in: nil, withLatencies: false) == KeptTotals())
            #expect(try await statistics.kept(of: workspaceID) == KeptRollup())
            #expect(try await statistics.keptClients(of: workspaceID) == KeptClients())
            #expect(try await statistics.workspaces().isEmpty)
        }
    }

    @Test(arguments: StatisticsStore.allCases)
    func `hold what the events add up to, and how far they are`(store: StatisticsStore) async throws {
        try await store.with { statistics in
            let calls = [facts(), facts(day: 1, llmMicros: nil), facts(day: 1, sentiment: .negative)]
            let first = calls.enumerated().map { record($0 + 1, before: nil, after: $1) }
            try await apply(first, to: statistics, from: nothing)
            let moved = nothing.advanced(past: first)
            #expect(try await statistics.positions(in: "calls") == moved)
            try await apply([record(4, before: calls[1], after: nil)], to: statistics, from: moved)

            var expected = Rollup()
            for call in [calls[0], calls[2]] { expected.add(Contribution(of: call, in: workspaceID)) }
            let kept = try await statistics.kept(of: workspaceID)
            #expect(kept.rollup.withoutZeros == expected && kept.position == 4)
            #expect(try await statistics.workspaces() == [workspaceID])

            let subject = RollupSubject(.client(client), in: workspaceID)
            let totals = try await statistics.totals(of: subject, in: nil, withLatencies: true)
            #expect(totals.measures[.calls] == 2 && totals.measures[.costMicros] == 154)
            let middle = LatencyBucket.middleMicros(of: LatencyBucket.number(ofMicros: 900_000))
            #expect(totals.latencies[.llm]?.micros(50) == middle)
            #expect(totals.latencies[.tts]?.micros(50) ?? 0 == 0)
            let days = try await statistics.days(
                of: subject, from: CalendarDay(daysSince1970: 20_000), through: CalendarDay(daysSince1970: 20_001))
            #expect(days.map(\.day.daysSince1970) == [20_000, 20_001])
            #expect(days.map { $0.measures[.negative] } == [0, 1])
        }
    }

    @Test(arguments: StatisticsStore.allCases)
    func `hold the hours of workspaces and agents`(store: StatisticsStore) async throws {
        try await store.with { statistics in
            let agent = AgentID(UUID())
            let start = CalendarDay(daysSince1970: 20_000).start
            let calls = [0, 3599, 3600, 90_000].map { seconds in
                var facts = facts()
                facts.agentID = agent
                facts.channel = .chat
                facts.createdAt = start.adding(seconds: seconds)
                return facts
            }
            try await apply(
                calls.enumerated().map { record($0 + 1, before: nil, after: $1) }, to: statistics, from: nothing)
            for subject in [StatisticsSubject.workspace, .agent(agent)] {
                let subject = RollupSubject(subject, in: workspaceID)
                let hours = try await statistics.hours(
                    of: subject, in: HourRange(from: start.hour, until: start.hour + 25))
                #expect(hours.map { $0.hour - start.hour } == [0, 1])
                #expect(hours.map { $0.measures[.chats] } == [2, 1])
                #expect(hours[0].measures[.endedChats] == 2 && hours[0].measures[.responses] == 2)
                #expect(hours[0].measures[.responseMicros] == 2 * 1_020_000)
                let later = HourRange(from: start.hour + 25, until: start.hour + 26)
                #expect(try await statistics.hours(of: subject, in: later).count == 1)
            }
            let ofClient = try await statistics.hours(
                of: RollupSubject(.client(client), in: workspaceID),
                in: HourRange(from: start.hour, until: start.hour + 25))
            #expect(ofClient.isEmpty)
        }
    }

    @Test(arguments: StatisticsStore.allCases)
    func `take no event twice`(store: StatisticsStore) async throws {
        try await store.with { statistics in
            let batch = [record(1, before: nil, after: facts())]
            try await apply(batch, to: statistics, from: nothing)
            await #expect(throws: EventPositionsMoved.self) { try await apply(batch, to: statistics, from: nothing) }
            let later = [record(2, before: nil, after: facts())]
            await #expect(throws: EventPositionsMoved.self) { try await apply(later, to: statistics, from: nothing) }
            let totals = try await statistics.totals(
                of: RollupSubject(.workspace, in: workspaceID), in: nil, withLatencies: false)
            #expect(totals.measures[.calls] == 1)
        }
    }

    @Test(arguments: StatisticsStore.allCases)
    func `count the clients by their own log`(store: StatisticsStore) async throws {
        try await store.with { statistics in
            var change = StatisticsChange()
            change.clients = [workspaceID: 2]
            let event = EventRecord(
                partition: partition, number: 1, workspaceID: workspaceID.uuid, kind: "x", payload: [])
            try await statistics.apply(change, of: [event], owner: "agents", from: nothing)
            #expect(try await statistics.keptClients(of: workspaceID) == KeptClients(count: 2, position: 1))
            #expect(try await statistics.positions(in: "calls") == nothing)
        }
    }

    @Test func `move on from one event by one of many who try at once`() async throws {
        try await StatisticsStore.postgres.with { statistics in
            let batch = (1...50).map { record($0, before: nil, after: facts()) }
            let change = try StatisticsChange(of: batch)
            let done = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do {
                            try await statistics.apply(change, of: batch, owner: "calls", from: nothing)
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 1)
            let totals = try await statistics.totals(
                of: RollupSubject(.workspace, in: workspaceID), in: nil, withLatencies: false)
            #expect(totals.measures[.calls] == 50)
        }
    }

    @Test func `are read through one index, and hidden without their workspace`() async throws {
        try await ServiceDatabase.with([.forAnalytics]) { services, _ in
            let analytics = try #require(services["analytics"])
            let statistics = PostgresStatisticsRepository(database: analytics.database, jobs: analytics.jobs)
            try await apply([record(1, before: nil, after: facts())], to: statistics, from: nothing)
            for table in ["measures", "latency_buckets", "hours"] {
                let count = Statement(unsafe: "SELECT count(*) FROM analytics.\(table)")
                #expect(try await analytics.database.query(count)[0][0] == 0)
                #expect(try await analytics.database.query(count, workspaces: [UUID()])[0][0] == 0)
                #expect(try await analytics.database.query(count, workspaces: [workspaceID.uuid])[0][0] as Int > 0)
            }
            let write = await databaseError {
                try await analytics.database.query(
                    "UPDATE analytics.measures SET calls = 0", workspaces: [workspaceID.uuid])
            }
            #expect(write?.sqlState == "42501")
        }
    }

    @Test func `count a latency in the same bucket as the calls do`() async throws {
        try await ServiceDatabase.with([.forCalls]) { services, _ in
            let calls = try #require(services["calls"])
            var values = Array(0...1000) + [.max, .max - 1, -1]
            for exponent in 7..<63 { values += [(1 << exponent) - 1, 1 << exponent, (1 << exponent) + 1] }
            values += (0..<2000).map { _ in Int.random(in: 0...Int.max) >> Int.random(in: 0..<60) }
            let rows = try await calls.jobs.query(
                "SELECT v, calls.latency_bucket(v)::bigint FROM unnest(\(values)) AS value (v)")
            for row in rows {
                let (value, bucket) = try row.decode((Int, Int).self)
                #expect(bucket == LatencyBucket.number(ofMicros: value), "\(value)")
            }
        }
    }

    @Test(arguments: StatisticsStore.allCases)
    func `name the phrases of most calls, of some days or of all time`(store: StatisticsStore) async throws {
        try await store.with { statistics in
            func call(_ phrases: [String], day: Int) -> CallFacts {
                var facts = facts(day: day)
                facts.phrases = phrases
                return facts
            }
            let calls = [
                call(["refund", "billing"], day: 0), call(["refund", "voice"], day: 1), call(["billing"], day: 1),
                call(["refund"], day: 2), call(["gone"], day: 2),
            ]
            var batch = calls.enumerated().map { record($0.offset + 1, before: nil, after: $0.element) }
            batch.append(record(6, before: calls[4], after: nil))
            try await apply(batch, to: statistics, from: nothing)
            let subject = RollupSubject(.client(client), in: workspaceID)
            func top(_ days: ClosedRange<Int>?, limit: Int = 10) async throws -> [String] {
                let range = days.map {
                    DayRange(
                        from: CalendarDay(daysSince1970: Int32(20_000 + $0.lowerBound)),
                        through: CalendarDay(daysSince1970: Int32(20_000 + $0.upperBound)))
                }
                return try await statistics.topPhrases(of: subject, in: range, limit: limit)
                    .map { "\($0.text) \($0.count)" }
            }
            #expect(try await top(nil) == ["refund 3", "billing 2", "voice 1"])
            #expect(try await top(nil, limit: 1) == ["refund 3"])
            #expect(try await top(1...2) == ["refund 2", "billing 1", "voice 1"])
            #expect(try await top(5...9) == [])
            let days = DayRange(
                from: CalendarDay(daysSince1970: 20_001), through: CalendarDay(daysSince1970: 20_002))
            let totals = try await statistics.totals(of: subject, in: days, withLatencies: false)
            #expect(totals.measures[.calls] == 3 && totals.measures[.costMicros] == 3 * 77)
            let both = [subject, RollupSubject(.agent(AgentID(UUID())), in: workspaceID)]
            let several = try await statistics.totals(of: both, in: nil)
            #expect(several.count == 1 && several[subject]?.measures[.calls] == 4)
            #expect(several[subject]?.latencies[.llm]?.percentiles.p50Micros ?? 0 > 890_000)
            #expect(try await statistics.totals(of: both, in: days)[subject]?.measures == totals.measures)
        }
    }
}
