import Foundation
import Logging
import Postgres
import TestSupport
import Testing

private struct Refusal: Error {}

@Suite struct `A transaction` {
    private func withCounter(_ body: (Database) async throws -> Void) async throws {
        try await withDatabase { database in
            try await database.query("CREATE TABLE counter (id bigint PRIMARY KEY, n bigint NOT NULL CHECK (n < 100))")
            try await database.query("INSERT INTO counter VALUES (1, 0)")
            try await body(database)
        }
    }

    private func count(_ database: Database) async throws -> Int {
        try await database.query("SELECT n FROM counter")[0][0]
    }

    @Test func `commits when its body returns and rolls back when it throws`() async throws {
        try await withCounter { (database: Database) async throws in
            let value: Int = try await database.transaction { transaction in
                try await transaction.query("UPDATE counter SET n = n + \(1)")
                return try await transaction.query("SELECT n FROM counter")[0][0]
            }
            #expect(value == 1)
            await #expect(throws: Refusal.self) {
                try await database.transaction { transaction in
                    try await transaction.query("UPDATE counter SET n = 50")
                    throw Refusal()
                }
            }
            #expect(try await count(database) == 1)
            try await database.transaction { _ in }
        }
    }

    @Test func `does not commit when its body ignored an error`() async throws {
        try await withCounter { (database: Database) async throws in
            let error = await databaseError {
                try await database.transaction { transaction in
                    try await transaction.query("UPDATE counter SET n = 7")
                    _ = try? await transaction.query("UPDATE counter SET n = 100")
                }
            }
            #expect(error?.kind == .constraintViolation)
            #expect(try await count(database) == 0)
            #expect(database.statistics.connectCount == 1)
        }
    }

    @Test func `that ends itself is reported`() async throws {
        try await withCounter { (database: Database) async throws in
            let error = await databaseError {
                try await database.transaction { transaction in
                    try await transaction.query("UPDATE counter SET n = 7")
                    try await transaction.query("ROLLBACK")
                }
            }
            #expect(error?.kind == .other)
        }
    }

    @Test func `refuses statements after its end`() async throws {
        try await withCounter { (database: Database) async throws in
            let escaped = try await database.transaction { transaction in
                try await transaction.query("SELECT 1")
                return transaction
            }
            let error = await databaseError { try await escaped.query("SELECT 1") }
            #expect(error?.message == "The transaction has ended already.")
        }
    }

    @Test func `that only reads may not write`() async throws {
        try await withCounter { (database: Database) async throws in
            let update: Statement = "UPDATE counter SET n = 3"
            let single = await databaseError { try await database.query(update, access: .readOnly) }
            #expect(single?.sqlState == "25006")
            let long = await databaseError {
                try await database.transaction(access: .readOnly) { try await $0.query(update) }
            }
            #expect(long?.sqlState == "25006")
            try await database.query(update)
            #expect(try await count(database) == 3)
        }
    }

    @Test func `that collides with another one says that it may be run again`() async throws {
        try await withCounter { (database: Database) async throws in
            let error = await databaseError {
                try await database.transaction(isolation: .serializable) { transaction in
                    try await transaction.query("SELECT n FROM counter")
                    try await database.query("UPDATE counter SET n = 5")
                    try await transaction.query("UPDATE counter SET n = 6")
                }
            }
            #expect(error?.kind == .serializationFailure)
            #expect(error?.isSafeToRetry == true)
        }
    }

    @Test func `takes statements of many tasks one after the other`() async throws {
        try await withCounter { (database: Database) async throws in
            try await database.transaction { transaction in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<50 {
                        group.addTask { _ = try await transaction.query("UPDATE counter SET n = n + 1") }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await count(database) == 50)
        }
    }

    @Test func `in a pipeline takes effect as a whole or not at all`() async throws {
        try await withCounter { (database: Database) async throws in
            let error = await databaseError {
                try await database.pipeline(["UPDATE counter SET n = 1", "SELECT 1/0", "UPDATE counter SET n = 2"])
            }
            #expect(error?.sqlState == "22012")
            #expect(try await count(database) == 0)
            let rows = try await database.pipeline(["UPDATE counter SET n = 1", "SELECT n FROM counter"])
            #expect(rows[0].affectedCount == 1)
            #expect(try rows[1][0][0] == 1)
            let copy = await databaseError { try await database.query("COPY counter TO STDOUT") }
            #expect(copy != nil)
            #expect(try await count(database) == 1)
        }
    }

    @Test func `on a connection of its own goes through its stages in order`() async throws {
        let cluster = try await TemporaryPostgres.shared()
        let url = cluster.url(database: try await cluster.createDatabase())
        try await withDatabase(url: url) { _ = try await $0.query("CREATE TABLE t (id int)") }
        let seen = try await TemporaryPostgres.onThread {
            let connection = try DedicatedConnection(
                configuration: DatabaseConfiguration(url: url), logger: silentLogger)
            let other = try DedicatedConnection(configuration: DatabaseConfiguration(url: url), logger: silentLogger)
            let log = Stages(other)
            let stages = CommitStages(
                beforeCommit: { log.add("before") }, commitSent: { log.add("sent") })
            try connection.pipeline(["INSERT INTO t VALUES (1)"], stages: stages)
            log.add("after")
            try connection.transaction(stages: stages) { _ = try $0.query("INSERT INTO t VALUES (2)") }
            log.add("after")
            _ = try? connection.pipeline(["INSERT INTO t VALUES (1/0)"], stages: stages)
            try connection.pipeline(["INSERT INTO t VALUES (3)", "SELECT 1"])
            log.add("end")
            return log.entries
        }
        #expect(seen.filter { !$0.hasPrefix("sent") } == ["before 0", "after 1", "before 1", "after 2", "end 3"])
        #expect(seen.filter { $0.hasPrefix("sent") }.count == 2)
    }
}

/// Notes what another session sees at each stage.
private final class Stages: @unchecked Sendable {
    private let connection: DedicatedConnection
    private(set) var entries: [String] = []

    init(_ connection: DedicatedConnection) {
        self.connection = connection
    }

    func add(_ name: String) {
        let count: Int? = try? connection.query("SELECT count(*) FROM t")[0][0]
        entries.append("\(name) \(count ?? -1)")
    }
}
