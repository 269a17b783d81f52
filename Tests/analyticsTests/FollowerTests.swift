import Bus
import Contracts
import EventLog
import Foundation
import Testing

@testable import analytics

/// Loses connections before and after what it was asked to do.
private actor FlakyStatistics: StatisticsRepository {
    private let real = MemoryStatisticsRepository()
    private var generator = SeededGenerator(seed: 5)
    private(set) var failureCount = 0
    private let failsOneIn: Int

    init(failsOneIn: Int) {
        self.failsOneIn = failsOneIn
    }

    private func fail() throws {
        guard Int.random(in: 0..<failsOneIn, using: &generator) == 0 else { return }
        failureCount += 1
        throw Fault(.unavailable)
    }

    func positions(in owner: String) async throws -> [Int] { await real.positions(in: owner) }

    func apply(
        _ change: StatisticsChange, of batch: [EventRecord], owner: String, from expected: [Int]
    ) async throws {
        try fail()
        try await real.apply(change, of: batch, owner: owner, from: expected)
        try fail()
    }

    func totals(of subject: RollupSubject, in days: DayRange?, withLatencies: Bool) async throws -> KeptTotals {
        await real.totals(of: subject, in: days, withLatencies: withLatencies)
    }

    func totals(of subjects: [RollupSubject], in days: DayRange?) async throws -> [RollupSubject: KeptTotals] {
        await real.totals(of: subjects, in: days)
    }

    func topPhrases(of subject: RollupSubject, in days: DayRange?, limit: Int) async throws -> [TopPhrases.Phrase] {
        await real.topPhrases(of: subject, in: days, limit: limit)
    }

    func days(
        of subject: RollupSubject, from first: CalendarDay, through last: CalendarDay
    ) async throws -> [DailyTotals.Day] { [] }
    func hours(of subject: RollupSubject, in range: HourRange) async throws -> [HourlyTotals.Hour] {
        await real.hours(of: subject, in: range)
    }
    func kept(of workspaceID: WorkspaceID) async throws -> KeptRollup { await real.kept(of: workspaceID) }
    func keptClients(of workspaceID: WorkspaceID) async throws -> KeptClients {
        await real.keptClients(of: workspaceID)
    }
    func workspaces() async throws -> Set<WorkspaceID> { await real.workspaces() }
    var rollup: Rollup { get async { await real.rollup.withoutZeros } }
}

@Suite struct `Following the events` {
    private let owners = OwnersDouble()

    private func follower(
        into statistics: any StatisticsRepository, progress: FollowerProgress = FollowerProgress()
    ) -> StatisticsFollower<CallsEvents> {
        StatisticsFollower(
            of: CallsEvents.self, bus: owners.bus, statistics: statistics, progress: progress, logger: silentLogger,
            restMS: 1, limit: 50)
    }

    /// Waits until all events of the owner are worked in.
    private func awaitAll(in statistics: any StatisticsRepository) async throws {
        let deadline = Deadline.after(milliseconds: 20_000)
        while try await statistics.positions(in: "calls") != owners.positions {
            try #require(!deadline.hasPassed)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `counts each of them once, however many processes do it`() async throws {
        let statistics = MemoryStatisticsRepository()
        var generator = SeededGenerator(seed: 4)
        let cast = Cast(&generator)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                let follower = follower(into: statistics)
                group.addTask { try await follower.run() }
            }
            for _ in 0..<60 {
                owners.change { for _ in 0..<10 { $0.change(cast, &generator) } }
                try await Task.sleep(for: .milliseconds(2))
            }
            try await awaitAll(in: statistics)
            group.cancelAll()
        }
        #expect(await statistics.rollup.withoutZeros == owners.expected)
    }

    @Test func `counts each of them once when any step fails`() async throws {
        let statistics = FlakyStatistics(failsOneIn: 4)
        var generator = SeededGenerator(seed: 6)
        let cast = Cast(&generator)
        owners.change { for _ in 0..<400 { $0.change(cast, &generator) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let follower = follower(into: statistics)
            group.addTask { try await follower.run() }
            try await awaitAll(in: statistics)
            group.cancelAll()
        }
        #expect(await statistics.failureCount > 0)
        #expect(await statistics.rollup == owners.expected)
    }

    @Test func `makes ready once everything is worked in`() async throws {
        let statistics = MemoryStatisticsRepository()
        let progress = FollowerProgress()
        var generator = SeededGenerator(seed: 8)
        let cast = Cast(&generator)
        owners.change { for _ in 0..<120 { $0.change(cast, &generator) } }
        #expect(progress.readiness == .notReady("has not caught up yet"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let follower = follower(into: statistics, progress: progress)
            group.addTask { try await follower.run() }
            try await awaitAll(in: statistics)
            let deadline = Deadline.after(milliseconds: 5000)
            while progress.readiness != .ready, !deadline.hasPassed { try await Task.sleep(for: .milliseconds(5)) }
            group.cancelAll()
        }
        #expect(progress.readiness == .ready)
        #expect(progress.counts.events == 120 && progress.counts.batches >= 3)
        #expect(progress.positions == owners.positions)
    }
}

@Suite struct `A follower's progress` {
    private final class Clock: @unchecked Sendable {
        var now: UInt64 = 100_000_000_000
        var lags: [Int64] = []
    }

    private let clock = Clock()
    private let event = EventRecord(partition: 3, number: 1, workspaceID: UUID(), kind: "x", payload: [])

    private var progress: FollowerProgress {
        FollowerProgress(clock: { [clock] in clock.now }, recordLag: { [clock] in clock.lags.append($0) })
    }

    @Test func `is ready for five seconds after it has caught up`() {
        let progress = progress
        progress.caughtUp()
        clock.now += 4_900_000_000
        #expect(progress.readiness == .ready)
        clock.now += 200_000_000
        #expect(progress.readiness == .notReady("has not caught up for 5 s"))
    }

    @Test func `counts a batch that is not full as having caught up`() {
        let progress = progress
        progress.applied([event], upTo: progress.positions, isAll: false)
        #expect(progress.secondsBehind == nil)
        progress.applied([event], upTo: progress.positions, isAll: true)
        #expect(progress.secondsBehind == 0)
    }

    @Test func `measures from the first news to the commit`() {
        let progress = progress
        progress.heardNews(of: 3)
        clock.now += 10
        progress.heardNews(of: 3)
        progress.heardNews(of: 99)
        clock.now += 5
        progress.began([event])
        clock.now += 7
        progress.applied([event], upTo: progress.positions, isAll: true)
        progress.began([event])
        progress.applied([event], upTo: progress.positions, isAll: true)
        #expect(clock.lags == [22])
    }

    @Test func `forgets news of what was worked in already`() {
        let progress = progress
        progress.heardNews(of: 3)
        progress.caughtUp()
        progress.began([event])
        progress.applied([event], upTo: progress.positions, isAll: true)
        #expect(clock.lags.isEmpty)
    }
}
