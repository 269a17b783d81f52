import Contracts
import Foundation
import Postgres
import TestSupport
import Testing

@testable import calls

/// Changes of calls that come at once.
struct CallChangesTests {
    @Test func `of two changes of the same call one is stored, and many calls are changed in few transactions`()
        async throws
    {
        try await CallStore.withPostgres { database, owner in
            let calls = CallStore.postgres(database).calls
            let workspaces = (0..<3).map { _ in WorkspaceID(UUID()) }
            var known: [(WorkspaceID, StoredCall)] = []
            for workspace in workspaces {
                let new = try (0..<80).map { _ in try NewCall.sample(in: workspace, client: ClientID(UUID())) }
                for result in await calls.store(new) { _ = try result.get() }
                for call in new { known.append((workspace, try await calls.call(call.id, in: workspace))) }
            }
            let changed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for (workspace, call) in known {
                    for cost in [1, 2] {
                        group.addTask {
                            var next = call.state
                            next.facts.costMicros = cost
                            return try await calls.replace(call, by: next, in: workspace, at: .now())
                        }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(changed == known.count)
            for (workspace, call) in known {
                let after = try await calls.call(call.id, in: workspace)
                #expect(after.version == 2 && [1, 2].contains(after.state.facts.costMicros))
            }
            let rows = try await owner.query(
                """
                SELECT count(*), count(DISTINCT (partition, number)), max(number), count(DISTINCT xmin::text)
                FROM calls.events GROUP BY partition
                """)
            var transactions = 0
            for row in rows {
                let (count, different, last, writers): (Int, Int, Int, Int) = (
                    try row[0], try row[1], try row[2], try row[3]
                )
                #expect(count == different && last == count)
                transactions += writers
            }
            #expect(transactions < known.count)
        }
    }

    @Test func `a deletion and a change at once leave one of them, and what is deleted stays so`() async throws {
        try await CallStore.withPostgres { database, _ in
            let calls = CallStore.postgres(database).calls
            let workspace = WorkspaceID(UUID())
            for _ in 0..<20 {
                let new = try NewCall.sample(in: workspace, client: ClientID(UUID()))
                _ = try await calls.store([new])[0].get()
                let call = try await calls.call(new.id, in: workspace)
                async let deleted = calls.replace(call, by: nil, in: workspace, at: .now())
                var next = call.state
                next.facts.costMicros = 5
                async let changed = calls.replace(call, by: next, in: workspace, at: .now())
                let (isDeleted, isChanged) = try await (deleted, changed)
                #expect(isDeleted != isChanged)
                let isThere = (try? await calls.call(new.id, in: workspace)) != nil
                #expect(isThere == isChanged)
            }
        }
    }

    @Test func `what PostgreSQL does not take fails its own change only`() async throws {
        try await CallStore.withPostgres { database, _ in
            let calls = CallStore.postgres(database).calls
            let workspace = WorkspaceID(UUID())
            let new = try (0..<5).map { _ in try NewCall.sample(in: workspace, client: ClientID(UUID())) }
            for result in await calls.store(new) { _ = try result.get() }
            let known = try await CallBatches(database: database.database) { _ in }.calls(new.map { CallKey($0) })
            let replacements = known.values.enumerated().map { number, call in
                var next = call.state
                // Longer than the table allows.
                next.details.summary = String(repeating: "x", count: number == 2 ? 20_000 : 20)
                return CallReplacement(call, by: next, in: workspace, at: .now())
            }
            let outcomes = await CallBatches(database: database.database) { _ in }.outcomes(of: replacements)
            #expect(outcomes.map { (try? $0.get()) == true } == [true, true, false, true, true])
        }
    }

    @Test func `when PostgreSQL cuts changes off, those that wait behind them are told at once`() async throws {
        try await CallStore.withPostgres { database, owner in
            let calls = CallStore.postgres(database).calls
            let workspace = WorkspaceID(UUID())
            let new = try (0..<30).map { _ in try NewCall.sample(in: workspace, client: ClientID(UUID())) }
            for result in await calls.store(new) { _ = try result.get() }
            var known: [StoredCall] = []
            for call in new { known.append(try await calls.call(call.id, in: workspace)) }
            let started = AsyncStream<Void>.makeStream()
            let changes = Task { [known] in
                for await _ in started.stream { break }
                return await withTaskGroup(of: Bool?.self) { group in
                    for call in known {
                        group.addTask {
                            var next = call.state
                            next.facts.costMicros = 5
                            return try? await calls.replace(call, by: next, in: workspace, at: .now())
                        }
                    }
                    return await group.reduce(into: [Bool?]()) { $0.append($1) }
                }
            }
            // What keeps the head keeps every change from its end, until the first is cut off.
            try await owner.transaction { transaction in
                try await transaction.query("SELECT number FROM calls.event_head FOR UPDATE")
                started.continuation.yield()
                while try await transaction.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """
                ).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            }
            let outcomes = await changes.value
            #expect(outcomes.count == known.count && outcomes.filter { $0 == nil }.count > 0)
            // Nothing of them is left over: the next change goes through.
            var next = known[0].state
            next.facts.costMicros = 6
            let call = try await calls.call(known[0].id, in: workspace)
            #expect(try await calls.replace(call, by: next, in: workspace, at: .now()))
        }
    }
}
