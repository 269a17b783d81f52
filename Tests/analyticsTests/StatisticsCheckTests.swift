import Bus
import Contracts
import Foundation
import Testing

@testable import analytics

@Suite struct `The check of the statistics` {
    private let owners = OwnersDouble()
    private let statistics = MemoryStatisticsRepository()
    private var check: StatisticsCheck { StatisticsCheck(of: statistics, asking: owners.bus) }

    private final class Lines: @unchecked Sendable {
        private let lock = NSLock()
        private var lines: [String] = []
        func add(_ line: String) { lock.withLock { lines.append(line) } }
        var all: [String] { lock.withLock { lines } }
    }

    /// Works in the calls' events up to now.
    private func workIn() async throws {
        let positions = await statistics.positions(in: "calls")
        let batch = owners.records.filter { $0.number > positions[$0.partition] }
        try await statistics.apply(try StatisticsChange(of: batch), of: batch, owner: "calls", from: positions)
    }

    private func verify(rowsPerPart: Int = 50_000) async throws -> (code: Int32, lines: [String]) {
        let lines = Lines()
        var check = check
        check.rowsPerPart = rowsPerPart
        let code = try await VerifyCommand(check: check, report: { lines.add($0) }).run()
        return (code, lines.all)
    }

    @Test func `finds no difference where there is none`() async throws {
        var generator = SeededGenerator(seed: 20)
        let cast = Cast(&generator)
        owners.change { for _ in 0..<300 { $0.change(cast, &generator) } }
        try await workIn()
        let (code, lines) = try await verify()
        #expect(code == 0)
        #expect(lines.last?.hasPrefix("verify: 3 workspaces, ") == true)
        #expect(lines.last?.hasSuffix(" rows, 0 differences") == true)
        #expect(lines.count == Set(cast.workspaces.map { EventPartition.of($0.uuid) }).count + 1)
    }

    @Test(arguments: [50_000, 400, 10])
    func `brings both sides to the same event, whichever is ahead`(rowsPerPart: Int) async throws {
        var generator = SeededGenerator(seed: 21)
        let cast = Cast(&generator)
        owners.change { for _ in 0..<100 { $0.change(cast, &generator) } }
        try await workIn()
        // From now on the statistics are behind, and fall further behind between one question and the next.
        let later = LockedHistory(generator)
        owners.onRecompute { [owners] in
            later.with { generator in owners.change { for _ in 0..<30 { $0.change(cast, &generator) } } }
        }
        #expect(try await verify(rowsPerPart: rowsPerPart).code == 0)
        // Now they are ahead of what is recomputed.
        owners.onRecompute {}
        try await workIn()
        #expect(try await verify(rowsPerPart: rowsPerPart).code == 0)
    }

    private final class LockedHistory: @unchecked Sendable {
        private let lock = NSLock()
        private var generator: SeededGenerator
        init(_ generator: SeededGenerator) { self.generator = generator }
        func with(_ body: (inout SeededGenerator) -> Void) { lock.withLock { body(&generator) } }
    }

    @Test func `finds a call that was counted twice, and says where`() async throws {
        var generator = SeededGenerator(seed: 22)
        let cast = Cast(&generator)
        let facts = CallFacts.random(cast, &generator)
        owners.change { $0.append(CallID(generator.uuid()), facts, in: cast.workspaces[0]) }
        try await workIn()
        var again = StatisticsChange()
        again.rollup.add(Contribution(of: facts, in: cast.workspaces[0]))
        await statistics.add(again)
        let (code, lines) = try await verify()
        #expect(code == 1)
        #expect(lines.contains { $0.hasPrefix("difference: workspace ") && $0.hasSuffix("calls is 2, recomputed 1") })
    }

    @Test func `finds what is kept of a workspace that has no calls`() async throws {
        let workspaceID = WorkspaceID(UUID())
        var stray = StatisticsChange()
        var measures = Measures()
        measures[.costMicros] = 1
        let subject = RollupSubject(.client(ClientID(UUID())), in: workspaceID)
        stray.rollup.add(measures, to: MeasuresKey(subject: subject, day: .allTime))
        await statistics.add(stray)
        let (code, lines) = try await verify()
        #expect(code == 1)
        #expect(lines.contains { $0.contains("cost_micros is 1, recomputed 0") })
        #expect(lines.last == "verify: 1 workspaces, 2 rows, 1 differences")
    }

    @Test func `finds a wrong number of clients`() async throws {
        let workspaceID = WorkspaceID(UUID())
        owners.addClient(in: workspaceID)
        var change = StatisticsChange()
        change.clients[workspaceID] = 2
        let event = EventRecord(
            partition: EventPartition.of(workspaceID.uuid), number: 1, workspaceID: workspaceID.uuid, kind: "x",
            payload: [])
        try await statistics.apply(change, of: [event], owner: "agents", from: .init(repeating: 0, count: 16))
        let (code, lines) = try await verify()
        #expect(code == 1)
        #expect(lines.contains { $0.hasSuffix("clients is 2, recomputed 1") })
    }
}

@Suite struct `Totals over the bus` {
    private let statistics = MemoryStatisticsRepository()
    private let bus = InMemoryBus(logger: silentLogger)

    init() {
        bus.serve(GetTotals.self, GetTotalsHandler(statistics: statistics).handle)
        bus.serve(GetDailyTotals.self, GetDailyTotalsHandler(statistics: statistics).handle)
    }

    private func fault<Request: BusRequest>(_ request: Request, as caller: Caller) async -> Fault? {
        do {
            _ = try await bus.ask(request, as: caller)
            return nil
        } catch {
            return error as? Fault
        }
    }

    @Test func `are those of the caller's workspace`() async throws {
        var generator = SeededGenerator(seed: 30)
        let cast = Cast(&generator)
        var change = StatisticsChange()
        var calls: [CallFacts] = []
        for _ in 0..<50 {
            calls.append(.random(cast, &generator))
            change.rollup.add(Contribution(of: calls[calls.count - 1], in: cast.workspaces[0]))
        }
        change.clients[cast.workspaces[0]] = 3
        await statistics.add(change)
        let caller = Caller(identity: .anonymous, workspaceID: cast.workspaces[0].uuid)
        let totals = try await bus.ask(GetTotals(about: .workspace, withLatencies: true), as: caller)
        #expect(totals.measures[.calls] == 50 && totals.clients == 3)
        #expect(totals.measures[.durationMS] == calls.reduce(0) { $0 + $1.durationMS })
        #expect(totals.llm.p50Micros > 0 && totals.llm.p50Micros <= totals.llm.p99Micros)
        #expect(try await bus.ask(GetTotals(about: .workspace), as: caller).llm == LatencyPercentiles())

        let client = try #require(cast.clients[1])
        let ofClient = try await bus.ask(GetTotals(about: .client(client)), as: caller)
        #expect(ofClient.measures[.calls] == calls.count { $0.clientID == client })

        let stranger = Caller(identity: .anonymous, workspaceID: cast.workspaces[1].uuid)
        let others = try await bus.ask(GetTotals(about: .client(client), withLatencies: true), as: stranger)
        #expect(others.measures.isZero && others.clients == 0 && others.llm == LatencyPercentiles())
        #expect(await fault(GetTotals(about: .workspace), as: .anonymous)?.entry == .permissionDenied)
    }

    @Test func `of days are in order and within the range`() async throws {
        var generator = SeededGenerator(seed: 31)
        let cast = Cast(&generator)
        var change = StatisticsChange()
        for _ in 0..<200 { change.rollup.add(Contribution(of: .random(cast, &generator), in: cast.workspaces[0])) }
        await statistics.add(change)
        let caller = Caller(identity: .anonymous, workspaceID: cast.workspaces[0].uuid)
        let first = Timestamp(microseconds: 1_770_000_000_000_000).day
        func days(_ from: Int, _ through: Int) async throws -> [DailyTotals.Day] {
            try await bus.ask(
                GetDailyTotals(about: .workspace, from: first.adding(days: from), through: first.adding(days: through)),
                as: caller
            ).days
        }
        let all = try await days(0, 30)
        #expect(all.reduce(0) { $0 + $1.measures[.calls] } == 200)
        #expect(all.map(\.day) == all.map(\.day).sorted() && Set(all.map(\.day)).count == all.count)
        let middle = [first.adding(days: 1), first.adding(days: 2)]
        #expect(try await days(1, 2) == all.filter { middle.contains($0.day) })
        #expect(try await days(2, 1).isEmpty)
        #expect(try await days(0, 3659).count == all.count)
        await #expect(throws: Fault.self) { try await days(0, 3660) }
        let everything = GetDailyTotals(
            about: .workspace, from: CalendarDay(daysSince1970: .min), through: CalendarDay(daysSince1970: .max))
        #expect(await fault(everything, as: caller)?.entry == .inputInvalid)
    }
}
