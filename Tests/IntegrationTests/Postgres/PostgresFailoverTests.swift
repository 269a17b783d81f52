import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `A failover to the standby` {
    @Test func `keeps what was answered and is followed by the pool`() async throws {
        let primary = try await TemporaryPostgres.start(settings: ["synchronous_standby_names=*", "wal_level=replica"])
        defer { primary.stop() }
        let standby = try await primary.startStandby()
        defer { standby.stop() }
        let url = """
            host=\(primary.folder)/s,\(standby.folder)/s port=5432,5432 user=owner dbname=postgres \
            target_session_attrs=read-write
            """
        try await withDatabase(url: url) { (database: Database) async throws in
            try await database.query("CREATE TABLE t (id bigint PRIMARY KEY)")
            for id in 0..<100 { try await database.query("INSERT INTO t VALUES (\(id))") }
            try await primary.killHard()
            let error = await databaseError { try await database.query("INSERT INTO t VALUES (100)") }
            #expect(error?.kind == .unavailable)
            try await withDatabase(url: standby.url()) { promoter in
                try await promoter.query("SELECT pg_promote()", access: .readOnly)
            }
            var failures = 0
            while await databaseError({ try await database.query("INSERT INTO t VALUES (101)") }) != nil, failures < 300
            {
                failures += 1
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await database.query("SELECT count(*) FROM t")[0][0] == 101)
            try await database.verifyDurability()
        }
    }

    @Test func `shows when a write reaches a standby`() async throws {
        let primary = try await TemporaryPostgres.start(settings: ["wal_level=replica"])
        defer { primary.stop() }
        let standby = try await primary.startStandby()
        defer { standby.stop() }
        try await withDatabase(url: standby.url()) { (database: Database) async throws in
            try await database.ping()
            for _ in 0..<2 {
                let error = await databaseError { try await database.query("CREATE TABLE t ()") }
                #expect(error?.kind == .unavailable)
            }
            // Each of them gave its connection up, to look for a primary.
            #expect(database.statistics.connectCount == 2)
        }
    }
}
