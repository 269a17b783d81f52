import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

@testable import calls

/// What only a real database can show of ingestion.
struct CallWritingTests {
    private let client = ClientID(UUID())

    private func events(_ database: ServiceDatabase) async throws -> [EventRecord] {
        var positions = [Int](repeating: 0, count: EventPartition.count)
        var all: [EventRecord] = []
        let reader = EventReader(database: database.jobs, schema: "calls")
        while true {
            let batch = try await reader.events(after: positions, limit: 1000)
            guard !batch.isEmpty else { return all }
            positions = positions.advanced(past: batch)
            all += batch
        }
    }

    @Test func `writers that race for the same calls store each once and number the events without a gap`() async throws
    {
        try await CallStore.withPostgres { database, _ in
            let stores = (0..<3).map { _ in CallStore.postgres(database) }
            let workspaces = (0..<4).map { _ in WorkspaceID(UUID()) }
            let calls = try (0..<400).map { try NewCall.sample(in: workspaces[$0 % 4], client: client) }
            let fresh = await withTaskGroup(of: Int.self) { group in
                for round in 0..<12 {
                    group.addTask {
                        let shuffled = calls.shuffled()
                        let results = await stores[round % 3].calls.store(shuffled)
                        return results.count { (try? $0.get().isReplayed) == false }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(fresh == 400)
            let events = try await events(database)
            #expect(events.count == 400)
            var next = [Int](repeating: 1, count: EventPartition.count)
            for event in events {
                #expect(event.number == next[event.partition])
                next[event.partition] += 1
            }
            let ids = try events.map { try #require(try $0.event(CallChanged.self)).id }
            #expect(Set(ids) == Set(calls.map(\.id)))
            for workspace in workspaces {
                #expect(try await stores[0].calls.page(ListCalls(limit: 1), in: workspace).total == 100)
            }
        }
    }

    @Test func `writers that take the same keys in opposite orders all come to an end, and each key is one call`()
        async throws
    {
        try await CallStore.withPostgres { database, _ in
            let stores = (0..<2).map { _ in CallStore.postgres(database) }
            let workspace = WorkspaceID(UUID())
            let keys = (0..<40).map { _ in CallID(UUID()) }
            let results = await withTaskGroup(of: [Result<LoggedCall, Fault>].self) { group in
                for (number, order) in [keys, keys.reversed()].enumerated() {
                    group.addTask {
                        // Ids ascend, so that the keys are taken in the order of the list.
                        let calls = order.enumerated().compactMap { place, key in
                            let id = UUID(
                                uuid: (UInt8(number), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(place), 0))
                            return try? NewCall.sample(CallID(id), in: workspace, client: client, key: key)
                        }
                        return await stores[number].calls.store(calls)
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let all = results.flatMap(\.self)
            #expect(all.count == 80)
            #expect(all.count { (try? $0.get()) != nil } == 40)
            for result in all {
                if case .failure(let fault) = result { #expect(fault == Fault(.keyReused)) }
            }
            let page = try await stores[0].calls.page(ListCalls(limit: 1), in: workspace)
            #expect(page.total == 40)
        }
    }

    @Test func `a value that PostgreSQL refuses fails its own call only`() async throws {
        try await CallStore.withPostgres { database, _ in
            let store = CallStore.postgres(database)
            let workspace = WorkspaceID(UUID())
            var calls = try (0..<20).map { _ in try NewCall.sample(in: workspace, client: client) }
            var broken = calls[7].state
            broken.facts.durationMS = -1
            calls[7] = NewCall(
                workspaceID: workspace, id: calls[7].id, keyID: nil, fingerprint: [1], state: broken)
            let results = await store.calls.store(calls)
            #expect(results.indices.filter { (try? results[$0].get()) == nil } == [7])
            #expect(try await store.calls.page(ListCalls(limit: 100), in: workspace).total == 19)
            #expect(try await events(database).count == 19)
        }
    }

    @Test func `calls whose connections are killed are stored once and answered`() async throws {
        try await CallStore.withPostgres { database, owner in
            let store = CallStore.postgres(database)
            let workspace = WorkspaceID(UUID())
            var stored: [CallID] = []
            var killed = 0
            for _ in 0..<200 where killed < 20 {
                let calls = try (0..<100).map { _ in try NewCall.sample(in: workspace, client: client) }
                async let results = Self.storeEach(calls, in: store)
                killed += try await Self.killConnections(owner)
                for result in await results { stored.append(try result.get().id) }
            }
            #expect(killed >= 20)
            #expect(Set(stored).count == stored.count)
            #expect(try await events(database).count == stored.count)
            #expect(try await store.calls.page(ListCalls(limit: 1), in: workspace).total == stored.count)
        }
    }

    private static func storeEach(_ calls: [NewCall], in store: CallStore) async -> [Result<LoggedCall, Fault>] {
        await withTaskGroup(of: Result<LoggedCall, Fault>.self) { group in
            for call in calls { group.addTask { await store.calls.store([call])[0] } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Ends each connection of the service that works at this moment; looks for some milliseconds.
    private static func killConnections(_ owner: Database) async throws -> Int {
        var killed = 0
        for _ in 0..<5 where killed == 0 {
            let rows = try await owner.query(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE usename = 'calls' AND datname = current_database() AND state = 'active'
                """)
            killed += try rows[0].decode(Int.self, at: 0)
        }
        return killed
    }

    @Test func `what the calls add up to equals the sum of their events' contributions`() async throws {
        let workspace = WorkspaceID(UUID())
        let calls = try Self.variedCalls(in: workspace, client: client)
        try await CallStore.withPostgres { database, _ in
            _ = await CallStore.postgres(database).calls.store(calls)
            let recompute = PostgresRecompute(jobs: database.jobs)
            let statistics = try await recompute.statistics(of: workspace, part: 0, partCount: 1)
            #expect(statistics.position == calls.count)
            #expect(statistics.sums.count == 3)
            let counted = statistics.sums.map { $0.measures[.calls] }.reduce(0, +)
            #expect(counted == calls.count)
            let duration = statistics.sums.map { $0.measures[.durationMS] }.reduce(0, +)
            #expect(duration == calls.map(\.facts.durationMS).reduce(0, +))
            #expect(Self.buckets(of: statistics) == Self.buckets(of: calls))
            #expect(try await recompute.workspaces(after: nil, limit: 10) == [workspace])
        }
    }

    private static func variedCalls(in workspace: WorkspaceID, client: ClientID) throws -> [NewCall] {
        try (0..<200).map { number in
            try NewCall.sample(
                in: workspace, client: client, at: "2026-03-0\(number % 3 + 1)T00:00:00Z", durationMS: number * 37,
                llmMicros: number % 4 == 0 ? nil : number * number * 97, sentiment: Sentiment.allCases[number % 3])
        }
    }

    /// How often each bucket of the model's latency was hit.
    private static func buckets(of calls: [NewCall]) -> [Int: Int] {
        calls.compactMap(\.facts.latencies.llmMicros).reduce(into: [:]) { counts, micros in
            counts[LatencyBucket.number(ofMicros: micros), default: 0] += 1
        }
    }

    private static func buckets(of statistics: RecomputedStatistics) -> [Int: Int] {
        statistics.latencies.filter { $0.component == .llm }.reduce(into: [:]) { counts, entry in
            counts[entry.bucket, default: 0] += entry.count
        }
    }

    @Test func `a forgotten WHERE shows nothing of another workspace`() async throws {
        try await CallStore.withPostgres { database, _ in
            let store = CallStore.postgres(database)
            let (mine, theirs) = (WorkspaceID(UUID()), WorkspaceID(UUID()))
            _ = await store.calls.store([
                try NewCall.sample(in: mine, client: client), try NewCall.sample(in: theirs, client: client),
            ])
            let forgotten: Statement = "SELECT workspace_id FROM calls.calls"
            let seen = try await database.database.query(forgotten, workspaces: [mine.uuid])
            #expect(try seen.map { try $0.decode(WorkspaceID.self, at: 0) } == [mine])
            #expect(try await database.database.query(forgotten).isEmpty)
            for table in ["events", "call_counts", "client_copies"] {
                #expect(try await database.database.query("SELECT 1 FROM calls.\(unsafe: table)").isEmpty)
            }
            await #expect(throws: DatabaseError.self) {
                try await database.database.query(
                    "UPDATE calls.calls SET workspace_id = \(theirs)", workspaces: [mine.uuid])
            }
        }
    }
}
