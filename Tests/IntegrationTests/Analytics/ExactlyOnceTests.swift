import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Synchronization
import Testing

@testable import agents
@testable import analytics

@Suite struct `Statistics of real calls` {
    private final class Count: Sendable {
        private let count = Atomic<Int>(0)
        func add(_ number: Int) { count.add(number, ordering: .relaxed) }
        var total: Int { count.load(ordering: .relaxed) }
    }

    /// Three processes that follow, while calls and clients come and go: twelve rounds, and on until `isEnough`.
    private func run(
        _ traffic: CallTraffic, until isEnough: @escaping @Sendable () -> Bool = { true },
        beside disturb: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { followers in
            for _ in 0..<3 { followers.addTask { try await traffic.follow() } }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, workspaceID) in traffic.workspaces.enumerated() {
                    group.addTask {
                        for round in 0..<1000 where round < 12 || !isEnough() {
                            try await traffic.log(Int.random(in: 1...30), in: workspaceID)
                            for _ in 0..<3 { try await traffic.changeOne(in: workspaceID) }
                            try await traffic.deleteOne(in: workspaceID)
                            let client = try Client.sample(phone: "+1555\(number)\(1000 + round)")
                            _ = try await traffic.clients.add(client, under: nil, in: workspaceID)
                            guard round % 3 == 0 else { continue }
                            _ = try await traffic.clients.change(client.record.id, in: workspaceID) { $0.deleted() }
                        }
                    }
                }
                let disturbing = Task {
                    while !Task.isCancelled {
                        do {
                            try await disturb()
                        } catch {
                            guard Task.isCancelled else { throw error }
                        }
                    }
                }
                try await group.waitForAll()
                disturbing.cancel()
                try await disturbing.value
            }
            try await traffic.awaitStatistics()
            followers.cancelAll()
        }
    }

    @Test func `count each event once with several live consumers`() async throws {
        try await CallTraffic.with { traffic in
            try await run(traffic) { try await Task.sleep(for: .seconds(1)) }
            let (code, lines) = try await traffic.verify()
            #expect(code == 0, "\(lines)")
            #expect(lines.last?.hasPrefix("verify: 4 workspaces, ") == true)
            let totals = try await traffic.statistics.totals(
                of: RollupSubject(.workspace, in: traffic.workspaces[0]), in: nil, withLatencies: true)
            let stored: Int = try await traffic.owner.query(
                """
                SELECT count(*) FROM calls.calls
                WHERE workspace_id = \(traffic.workspaces[0].uuid) AND deleted_at IS NULL
                """)[0][0]
            #expect(totals.measures[.calls] == stored && stored > 0)
            #expect(totals.clients == 8)
            #expect(totals.latencies.count == 3)
            let now = Timestamp.now().hour
            let hours = try await traffic.statistics.hours(
                of: RollupSubject(.workspace, in: traffic.workspaces[0]),
                in: HourRange(from: now - 200, until: now + 2))
            #expect(hours.map(\.measures).reduce(into: Measures()) { $0 += $1 } == totals.measures)
            #expect(hours.count > 1 && hours.map(\.hour) == hours.map(\.hour).sorted())
        }
    }

    @Test func `count each event once while their connections are killed`() async throws {
        try await CallTraffic.with { traffic in
            let (owner, killed) = (traffic.owner, Count())
            try await run(traffic) {
                let victims = try await owner.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND usename = 'analytics_jobs' AND state <> 'idle'
                    """)
                killed.add(victims.count)
                try await Task.sleep(for: .milliseconds(3))
            }
            let (code, lines) = try await traffic.verify()
            #expect(code == 0, "\(lines)")
            #expect(killed.total > 0)
        }
    }

    @Test func `are verified in the midst of traffic`() async throws {
        try await CallTraffic.with { traffic in
            let verified = Count()
            try await run(traffic, until: { verified.total > 0 }) {
                let (code, lines) = try await traffic.verify(rowsPerPart: 100)
                #expect(code == 0, "\(lines)")
                verified.add(1)
            }
            #expect(verified.total > 0)
        }
    }

    @Test(arguments: [
        "UPDATE analytics.measures SET duration_ms = duration_ms + 1 WHERE subject_kind = 1 AND day > '2000-01-01'",
        "UPDATE analytics.latency_buckets SET n = n - 1 WHERE subject_kind = 0 AND component = 2",
        "DELETE FROM analytics.measures WHERE subject_kind = 0 AND day < '2000-01-01'",
        "UPDATE analytics.client_counts SET active = active + 1",
        "UPDATE calls.calls SET sentiment = 'negative' WHERE sentiment = 'positive'",
        "UPDATE analytics.measures SET subject_id = gen_random_uuid() WHERE subject_kind = 1 AND day < '2000-01-01'",
        "UPDATE analytics.hours SET calls = calls + 1 WHERE subject_kind = 2",
        "DELETE FROM analytics.hours WHERE subject_kind = 0",
        "UPDATE analytics.hours SET hour = hour + interval '1000 days'",
        "UPDATE analytics.measures SET response_micros = response_micros + 1 WHERE subject_kind = 0",
        "UPDATE calls.calls SET channel = 'chat' WHERE status = 'completed'",
    ])
    func `differ after a change that no event announced`(change: String) async throws {
        try await CallTraffic.with { traffic in
            let following = Task { try await traffic.follow() }
            try await traffic.log(60, in: traffic.workspaces[0])
            _ = try await traffic.clients.add(try .sample(), under: nil, in: traffic.workspaces[0])
            try await traffic.awaitStatistics()
            #expect(try await traffic.verify().code == 0)
            try await traffic.owner.query(Statement(unsafe: change))
            let (code, lines) = try await traffic.verify()
            #expect(code == 1)
            #expect(lines.contains { $0.hasPrefix("difference: ") })
            following.cancel()
            _ = try? await following.value
        }
    }
}
