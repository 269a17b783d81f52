import Foundation
import Postgres
import TestSupport
import Testing

/// A commit that takes `seconds`, through a constraint that is checked at the commit.
private func slowCommits(_ database: Database, seconds: Double) async throws {
    try await database.query("CREATE TABLE slow (id bigint)")
    try await database.query(
        Statement(
            unsafe: """
                CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(\(seconds)); RETURN NULL; END $$
                """))
    try await database.query(
        """
        CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION linger()
        """)
}

@Suite struct `A backend that is terminated` {
    /// Two pools on one database: that of the victim, which has one connection, and that of the killer.
    private func withPools(_ body: (_ victim: Database, _ killer: Database) async throws -> Void) async throws {
        let cluster = try await TemporaryPostgres.shared()
        let url = cluster.url(database: try await cluster.createDatabase())
        try await withDatabase(url: url) { killer in
            try await withDatabase(url: url) {
                $0.applicationName = "victim"
                $0.keptConnections = 1
                $0.extraConnections = 0
            } _: {
                try await body($0, killer)
            }
        }
    }

    /// Waits until the victim does what `condition` says and terminates it.
    private func terminate(_ killer: Database, when condition: String) async throws {
        for _ in 0..<500 {
            let killed = try await killer.query(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'victim' AND datname = current_database() AND \(unsafe: condition)
                """)
            if !killed.isEmpty { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("the victim was never seen with \(condition)")
    }

    @Test func `while idle is replaced without an error`() async throws {
        try await withPools { (victim, killer) async throws in
            for round in 1...5 {
                #expect(try await victim.query("SELECT \(round)")[0][0] == round)
                try await terminate(killer, when: "state = 'idle'")
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await victim.query("SELECT 6")[0][0] == 6 as Int32)
            #expect(victim.statistics.connectCount == 6)
        }
    }

    @Test func `while its statement runs has committed nothing`() async throws {
        try await withPools { (victim, killer) async throws in
            async let error = databaseError { try await victim.pipeline(["SELECT 1", "SELECT pg_sleep(20)"]) }
            try await terminate(killer, when: "wait_event = 'PgSleep'")
            #expect(await error?.kind == .unavailable)
            #expect(try await victim.query("SELECT 1")[0][0] == 1 as Int32)
        }
    }

    @Test func `in a transaction has committed nothing`() async throws {
        try await withPools { (victim, killer) async throws in
            for phase in ["statement", "commit"] {
                let error = await databaseError {
                    try await victim.transaction { transaction in
                        try await transaction.query("SELECT 1")
                        try await terminate(killer, when: "state = 'idle in transaction'")
                        try await Task.sleep(for: .milliseconds(50))
                        if phase == "statement" { try await transaction.query("SELECT 1") }
                    }
                }
                #expect(error?.kind == .unavailable)
            }
            #expect(try await victim.query("SELECT 1")[0][0] == 1 as Int32)
        }
    }

    @Test func `during its commit leaves the outcome unknown`() async throws {
        try await withPools { (victim, killer) async throws in
            try await slowCommits(killer, seconds: 20)
            async let single = databaseError { try await victim.query("INSERT INTO slow VALUES (1)") }
            try await terminate(killer, when: "wait_event = 'PgSleep'")
            #expect(await single?.kind == .commitUnknown)
            async let long = databaseError {
                try await victim.transaction { try await $0.query("INSERT INTO slow VALUES (2)") }
            }
            try await terminate(killer, when: "wait_event = 'PgSleep'")
            #expect(await long?.kind == .commitUnknown)
            #expect(try await killer.query("SELECT count(*) FROM slow")[0][0] == 0)
        }
    }
}

@Suite struct `A commit without its synchronous standby` {
    private func withMissingStandby(
        _ body: (TemporaryPostgres, Database, _ other: Database) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryPostgres.start(settings: ["synchronous_standby_names=nobody"])
        defer { cluster.stop() }
        try await withDatabase(url: cluster.url(parameters: "options=-csynchronous_commit%3Dlocal")) { other in
            try await other.query("CREATE TABLE t (id bigint PRIMARY KEY)")
            try await withDatabase(url: cluster.url()) {
                $0.statementTimeout = .seconds(3)
            } _: {
                try await body(cluster, $0, other)
            }
        }
    }

    private func strike(_ other: Database, _ function: String) async throws {
        for _ in 0..<300 {
            let hit = try await other.query(
                "SELECT \(unsafe: function)(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
            if !hit.isEmpty { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("no commit waited for a standby")
    }

    @Test func `is unknown, not a success, when the wait is cancelled`() async throws {
        try await withMissingStandby { (_, database, other) async throws in
            async let single = databaseError { try await database.query("INSERT INTO t VALUES (1)") }
            try await strike(other, "pg_cancel_backend")
            #expect(await single?.kind == .commitUnknown)
            async let long = databaseError {
                try await database.transaction { try await $0.query("INSERT INTO t VALUES (2)") }
            }
            try await strike(other, "pg_cancel_backend")
            #expect(await long?.kind == .commitUnknown)
            // Both stand on the primary, and the connection is of use still.
            #expect(try await database.query("SELECT count(*) FROM t")[0][0] == 2)
            #expect(database.statistics.connectCount == 1)
        }
    }

    @Test func `is unknown when the backend is terminated, times out or its task is cancelled`() async throws {
        try await withMissingStandby { (_, database, other) async throws in
            async let terminated = databaseError { try await database.query("INSERT INTO t VALUES (1)") }
            try await strike(other, "pg_terminate_backend")
            #expect(await terminated?.kind == .commitUnknown)
            let late = await databaseError { try await database.query("INSERT INTO t VALUES (2)") }
            #expect(late?.kind == .commitUnknown)
            let task = Task { await databaseError { try await database.query("INSERT INTO t VALUES (3)") } }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            #expect(await task.value?.kind == .commitUnknown)
            #expect(try await database.query("SELECT count(*) FROM t")[0][0] == 3)
        }
    }
}

@Suite struct `A server that dies` {
    @Test func `is refused fast and used again after its restart`() async throws {
        let cluster = try await TemporaryPostgres.start()
        defer { cluster.stop() }
        try await withDatabase(url: cluster.url()) { (database: Database) async throws in
            try await database.query("CREATE TABLE t (id bigint PRIMARY KEY)")
            for round in 1...3 {
                async let running = databaseError { try await database.query("SELECT pg_sleep(10)", access: .readOnly) }
                try await Task.sleep(for: .milliseconds(50))
                if round == 2 { try await cluster.stopImmediately() } else { try await cluster.killHard() }
                #expect(await running?.kind == .unavailable)
                let clock = ContinuousClock()
                let start = clock.now
                for _ in 0..<200 {
                    let error = await databaseError { try await database.query("INSERT INTO t VALUES (0)") }
                    #expect(error?.kind == .unavailable)
                }
                #expect(clock.now - start < .seconds(5))
                #expect(!database.isAvailable)
                try await cluster.restart()
                let back = clock.now
                while await databaseError({ try await database.query("INSERT INTO t VALUES (\(round))") }) != nil {
                    try await Task.sleep(for: .milliseconds(20))
                    guard clock.now - back < .seconds(10) else { break }
                }
                #expect(clock.now - back < .seconds(3))
                #expect(database.isAvailable)
            }
            #expect(try await database.query("SELECT count(*) FROM t")[0][0] == 3)
        }
    }

    @Test func `never leaves an insert both refused and stored, nor answered and lost`() async throws {
        let cluster = try await TemporaryPostgres.start()
        defer { cluster.stop() }
        try await withDatabase(url: cluster.url()) { (database: Database) async throws in
            try await database.query("CREATE TABLE t (id bigint PRIMARY KEY)")
            let outcomes = try await withThrowingTaskGroup(of: [Int: DatabaseError.Kind?].self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        var outcomes: [Int: DatabaseError.Kind?] = [:]
                        var unavailable = 0
                        for number in 0..<100_000 where unavailable < 3 {
                            let id = writer * 100_000 + number
                            let error = await databaseError { try await database.query("INSERT INTO t VALUES (\(id))") }
                            outcomes.updateValue(error?.kind, forKey: id)
                            if error != nil { unavailable += 1 }
                        }
                        return outcomes
                    }
                }
                try await Task.sleep(for: .milliseconds(400))
                try await cluster.killHard()
                return try await group.reduce(into: [:]) { $0.merge($1) { $1 } }
            }
            try await cluster.restart()
            try await Task.sleep(for: .milliseconds(600))
            let stored = Set(try await database.query("SELECT id FROM t").map { try $0.decode(Int.self, at: 0) })
            for (id, kind) in outcomes {
                switch kind {
                case nil: #expect(stored.contains(id))
                case .commitUnknown: break
                default: #expect(!stored.contains(id))
                }
            }
            #expect(outcomes.values.contains(nil))
            #expect(outcomes.values.contains { $0 != nil })
        }
    }
}

@Suite struct `A process that is stopped` {
    private func elapsed(_ body: () async throws -> Void) async rethrows -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        try await body()
        return clock.now - start
    }

    @Test func `as a backend gives an error at the deadline`() async throws {
        try await withDatabase {
            $0.statementTimeout = .milliseconds(500)
            $0.cancelGrace = .milliseconds(500)
        } _: { (database: Database) async throws in
            let pid: Int32 = try await database.query("SELECT pg_backend_pid()")[0][0]
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            let time = await elapsed {
                let error = await databaseError { try await database.query("SELECT 1", access: .readOnly) }
                #expect(error?.kind == .timeout)
            }
            #expect(time < .seconds(4))
            let other: Int32 = try await database.query("SELECT pg_backend_pid()")[0][0]
            #expect(other != pid)
            kill(other, SIGSTOP)
            defer { kill(other, SIGCONT) }
            let write = await databaseError { try await database.query("CREATE TABLE t ()") }
            #expect(write?.kind == .commitUnknown)
        }
    }

    @Test func `amid a transaction never answers a later statement with an earlier one's rows`() async throws {
        try await withDatabase {
            $0.statementTimeout = .milliseconds(300)
            $0.cancelGrace = .milliseconds(300)
        } _: { (database: Database) async throws in
            let end = await databaseError {
                try await database.transaction { transaction in
                    let pid: Int32 = try await transaction.query("SELECT pg_backend_pid()")[0][0]
                    kill(pid, SIGSTOP)
                    let first = await databaseError { try await transaction.query("SELECT 1") }
                    kill(pid, SIGCONT)
                    #expect(first?.kind == .timeout)
                    try await Task.sleep(for: .milliseconds(100))
                    let second = await databaseError { try await transaction.query("SELECT 2") }
                    #expect(second?.kind == .unavailable)
                }
            }
            // The first error ended the transaction, whatever its body made of it.
            #expect(end?.kind == .timeout)
        }
    }

    @Test func `as the postmaster does not hold up those who ask`() async throws {
        let cluster = try await TemporaryPostgres.start()
        defer { cluster.stop() }
        try await withDatabase(url: cluster.url()) {
            $0.connectTimeout = .milliseconds(500)
        } _: { (database: Database) async throws in
            cluster.send(SIGSTOP)
            let time = await elapsed {
                for _ in 0..<3 {
                    let error = await databaseError { try await database.ping() }
                    #expect(error?.kind == .unavailable)
                }
            }
            #expect(time < .seconds(3))
            cluster.send(SIGCONT)
            try await Task.sleep(for: .milliseconds(700))
            try await database.ping()
        }
    }
}
