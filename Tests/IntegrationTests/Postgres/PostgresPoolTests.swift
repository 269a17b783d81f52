import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@Suite struct `The pool` {
    @Test func `serves 200 tasks over 5 connections`() async throws {
        try await withDatabase {
            $0.keptConnections = 5
            $0.extraConnections = 0
        } _: { (database: Database) async throws in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<200 {
                    group.addTask {
                        var sum = 0
                        for turn in 0..<10 {
                            if (task + turn).isMultiple(of: 3) {
                                sum += try await database.transaction {
                                    try await $0.query("SELECT \(task) + \(turn) - 1")
                                    return try await $0.query("SELECT \(task) + \(turn)")[0][0] as Int
                                }
                            } else {
                                sum += try await database.query("SELECT \(task) + \(turn)")[0][0]
                            }
                        }
                        return sum
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == (0..<200).map { $0 * 10 + 45 }.reduce(0, +))
            #expect(database.statistics.connectCount == 5)
            #expect(database.statistics.open == 5)
        }
    }

    @Test func `uses one connection for one task after the other`() async throws {
        try await withDatabase { (database: Database) async throws in
            for _ in 0..<50 {
                try await database.query("SELECT 1")
                try await database.transaction { _ = try await $0.query("SELECT 1") }
            }
            #expect(database.statistics.connectCount == 1)
        }
    }

    @Test func `tells everybody who waited in vain, however many wait at once`() async throws {
        try await withDatabase {
            $0.keptConnections = 1
            $0.extraConnections = 0
            $0.maxWaiting = 10_000
            $0.acquireTimeout = .milliseconds(20)
        } _: { (database: Database) async throws in
            try await database.transaction { _ in
                for _ in 0..<10 {
                    let count = await withTaskGroup(of: DatabaseError?.self) { group in
                        for _ in 0..<500 { group.addTask { await databaseError { try await database.ping() } } }
                        return await group.reduce(0) { $0 + ($1?.kind == .unavailable ? 1 : 0) }
                    }
                    #expect(count == 500)
                }
            }
        }
    }

    @Test func `refuses at once when too many wait, and later when none became free`() async throws {
        try await withDatabase {
            $0.keptConnections = 1
            $0.extraConnections = 0
            $0.maxWaiting = 2
            $0.acquireTimeout = .milliseconds(200)
        } _: { (database: Database) async throws in
            try await database.transaction { _ in
                let errors = await withTaskGroup(of: DatabaseError?.self) { group in
                    for _ in 0..<5 { group.addTask { await databaseError { try await database.ping() } } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(errors.allSatisfy { $0?.kind == .unavailable })
                #expect(errors.filter { $0?.message.contains("already wait") == true }.count == 3)
                #expect(errors.filter { $0?.message.contains("No connection became free") == true }.count == 2)
            }
            #expect(database.statistics.refusedCount == 5)
            try await database.ping()
        }
    }

    @Test func `waits for a connection of its own when the server has no more`() async throws {
        let cluster = try await TemporaryPostgres.start(
            settings: ["max_connections=5", "superuser_reserved_connections=0"])
        defer { cluster.stop() }
        try await withDatabase(url: cluster.url()) { (database: Database) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<60 { group.addTask { try await database.query("SELECT pg_sleep(0.01)") } }
                try await group.waitForAll()
            }
            #expect(database.statistics.open <= 5)
            #expect(database.isAvailable)
            try await withDatabase(url: cluster.url()) { other in
                let full = await databaseError {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<5 { group.addTask { try await database.query("SELECT pg_sleep(0.3)") } }
                        try await Task.sleep(for: .milliseconds(100))
                        try await other.ping()
                        try await group.waitForAll()
                    }
                }
                #expect(full == nil || full?.sqlState == "53300")
            }
        }
    }

    @Test func `closes what is not needed and replaces what is old`() async throws {
        try await withDatabase {
            $0.keptConnections = 1
            $0.extraConnections = 4
            $0.extraIdleTime = .milliseconds(100)
            $0.connectionLifetime = .seconds(3)
        } _: { (database: Database) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { try await database.query("SELECT pg_sleep(0.2)") } }
                try await group.waitForAll()
            }
            #expect(database.statistics.connectCount == 5)
            try await Task.sleep(for: .milliseconds(2_300))
            #expect(database.statistics.open <= 1)
            let before = database.statistics.connectCount
            try await Task.sleep(for: .milliseconds(2_000))
            try await database.ping()
            #expect(database.statistics.connectCount == before + 1)
        }
    }

    @Test func `closes after what runs has ended, and refuses what comes later`() async throws {
        let cluster = try await TemporaryPostgres.shared()
        var configuration = DatabaseConfiguration(url: cluster.url())
        configuration.closeTimeout = .seconds(3)
        let database = try Database(configuration: configuration, logger: silentLogger)
        async let short = databaseError { try await database.query("SELECT pg_sleep(0.2)") }
        async let long = databaseError { try await database.query("SELECT pg_sleep(20)") }
        while database.statistics.open < 2 { try await Task.sleep(for: .milliseconds(5)) }
        await database.close()
        #expect(await short == nil)
        #expect(await long?.kind == .cancelled)
        #expect(await databaseError { try await database.ping() }?.kind == .unavailable)
        #expect(database.statistics.open == 0)
        await database.close()
    }

    @Test func `closes in time although transactions go on`() async throws {
        let cluster = try await TemporaryPostgres.shared()
        var configuration = DatabaseConfiguration(url: cluster.url())
        configuration.closeTimeout = .milliseconds(200)
        let database = try Database(configuration: configuration, logger: silentLogger)
        async let sleeping = databaseError {
            try await database.transaction { try await $0.query("SELECT pg_sleep(20)") }
        }
        async let idle = databaseError {
            try await database.transaction { transaction in
                try await transaction.query("SELECT 1")
                try await Task.sleep(for: .seconds(2))
                try await transaction.query("SELECT 1")
            }
        }
        while database.statistics.open < 2 { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(200))
        await database.close()
        #expect(await sleeping?.kind == .cancelled)
        #expect(database.statistics.open == 0)
        #expect(await idle?.message == "The transaction was interrupted.")
    }

    @Test func `keeps a bounded number of prepared statements`() async throws {
        try await withDatabase {
            $0.maxPreparedStatements = 20
            $0.keptConnections = 1
            $0.extraConnections = 0
        } _: { (database: Database) async throws in
            for number in 0..<300 {
                #expect(try await database.query("SELECT \(unsafe: "\(number)") + \(1)")[0][0] == number + 1)
            }
            let count: Int = try await database.query("SELECT count(*) FROM pg_prepared_statements")[0][0]
            #expect(count <= 21)
            let repeated: Int = try await database.query("SELECT count(*) FROM pg_prepared_statements")[0][0]
            #expect(repeated <= count + 1)
        }
    }

    @Test func `hands notices to the log`() async throws {
        let log = LogRecorder()
        let cluster = try await TemporaryPostgres.shared()
        let database = try Database(
            configuration: DatabaseConfiguration(url: cluster.url()), logger: Logger(label: "test") { _ in log })
        try await database.query("DO $$ BEGIN RAISE WARNING 'careful'; RAISE NOTICE 'by the way'; END $$")
        await database.close()
        #expect(log.lines.contains("warning PostgreSQL: careful"))
        #expect(log.lines.contains("debug PostgreSQL: by the way"))
    }

    @Test func `says what is wrong with a URL without repeating it`() async throws {
        let error = await databaseError {
            try Database(
                configuration: DatabaseConfiguration(url: "postgresql://u:secret@[::1"), logger: silentLogger)
        }
        #expect(error?.message.contains("cannot be read") == true)
        #expect(error?.message.contains("secret") == false)
        #expect("\(DatabaseConfiguration(url: "password=secret"))".contains("secret") == false)
    }
}

private final class LogRecorder: LogHandler, @unchecked Sendable {
    private let lock = NSLock()
    private var recorded: [String] = []
    var lines: [String] { lock.withLock { recorded } }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lock.withLock { recorded.append("\(event.level) \(event.message)") }
    }
}
