import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `A cancelled task` {
    private static func work(_ kind: Int, _ id: Int, _ database: Database) async throws {
        switch kind {
        case 0: try await database.query("SELECT pg_sleep(\(Double.random(in: 0...0.02)))")
        case 1: try await database.query("INSERT INTO t VALUES (\(id))")
        case 2:
            try await database.transaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (\(id))")
                try await transaction.query("SELECT pg_sleep(\(Double.random(in: 0...0.01)))")
                try await transaction.query("SELECT count(*) FROM t")
            }
        default:
            try await database.transaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (\(id))")
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...10)))
            }
        }
    }

    @Test func `at any instant leaves no connection in a transaction and says the truth`() async throws {
        try await withDatabase {
            $0.keptConnections = 5
            $0.extraConnections = 0
            $0.acquireTimeout = .seconds(60)
            $0.applicationName = "cancelled"
        } _: { (database: Database) async throws in
            try await database.query("CREATE TABLE t (id bigint PRIMARY KEY)")
            let outcomes = await withTaskGroup(of: (id: Int, error: (any Error)?).self) { group in
                for id in 0..<1_000 {
                    group.addTask {
                        let task = Task { try await Self.work(id % 4, id, database) }
                        try? await Task.sleep(for: .microseconds(Int.random(in: 0...300_000)))
                        task.cancel()
                        switch await task.result {
                        case .success: return (id, nil)
                        case .failure(let error): return (id, error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let kinds = outcomes.compactMap { ($0.error as? DatabaseError)?.kind }
            #expect(kinds.allSatisfy { $0 == .cancelled })
            #expect(kinds.count > 50)
            let stored = Set(try await database.query("SELECT id FROM t").map { try $0.decode(Int.self, at: 0) })
            for (id, error) in outcomes where id % 4 != 0 { #expect(stored.contains(id) == (error == nil)) }

            let sessions = try await database.query(
                """
                SELECT count(*) FILTER (WHERE state <> 'idle' AND pid <> pg_backend_pid()), count(*)
                FROM pg_stat_activity WHERE application_name = 'cancelled' AND datname = current_database()
                """)[0]
            #expect(try sessions[0] == 0)
            #expect(try sessions[1] <= 5)
            try await Task.sleep(for: .milliseconds(50))
            #expect(database.statistics.idle == 5)
            #expect(database.statistics.waiting == 0)
            // A late cancel request must not hit anybody else.
            for _ in 0..<200 { try await database.query("SELECT pg_sleep(0.0005)") }
        }
    }

    @Test func `that waits for a connection stops waiting at once`() async throws {
        try await withDatabase {
            $0.keptConnections = 1
            $0.extraConnections = 0
        } _: { (database: Database) async throws in
            try await database.transaction { _ in
                let waiting = Task { await databaseError { try await database.ping() } }
                try await Task.sleep(for: .milliseconds(50))
                #expect(database.statistics.waiting == 1)
                waiting.cancel()
                #expect(await waiting.value?.kind == .cancelled)
                #expect(database.statistics.waiting == 0)
            }
        }
    }

    @Test func `stops its statement on the server`() async throws {
        try await withDatabase { (database: Database) async throws in
            let clock = ContinuousClock()
            let start = clock.now
            let task = Task { await databaseError { try await database.query("SELECT pg_sleep(30)") } }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
            #expect(clock.now - start < .seconds(3))
            let rest = try await database.query(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
            #expect(rest.isEmpty)
            #expect(database.statistics.connectCount == 1)
        }
    }

    @Test func `does not commit what it was about to`() async throws {
        try await withDatabase { (database: Database) async throws in
            try await database.query("CREATE TABLE t (id bigint)")
            let task = Task {
                await databaseError {
                    try await database.transaction { transaction in
                        try await transaction.query("INSERT INTO t VALUES (1)")
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
            }
            #expect(await task.value?.kind == .cancelled)
            #expect(try await database.query("SELECT count(*) FROM t")[0][0] == 0)
        }
    }

    @Test func `is told apart from a deadline`() async throws {
        try await withDatabase { (database: Database) async throws in
            let own = await databaseError {
                try await database.query("SELECT pg_sleep(30)", timeout: .milliseconds(100))
            }
            #expect(own?.kind == .timeout)
            let servers = await databaseError {
                try await database.pipeline([
                    "SELECT set_config('statement_timeout', '100', true)", "SELECT pg_sleep(30)",
                ])
            }
            #expect(servers?.kind == .timeout)
            // A longer time than the configuration's can be asked for.
            let setting: Statement = "SELECT current_setting('statement_timeout')"
            #expect(try await database.query(setting, timeout: .seconds(99))[0][0] == "99s")
            #expect(try await database.query(setting)[0][0] == "15s")
            #expect(database.statistics.connectCount == 1)
        }
    }
}
