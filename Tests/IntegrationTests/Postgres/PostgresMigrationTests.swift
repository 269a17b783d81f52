import Foundation
import Postgres
import TestSupport
import Testing

private let first = """
    CREATE TABLE shop.items (id bigint PRIMARY KEY);
    INSERT INTO shop.items VALUES (1); INSERT INTO shop.items VALUES (2);
    """

private func migrator(_ files: [(String, String)]) throws -> Migrator {
    try Migrator(
        schema: "shop", migrations: try files.map { try Migration(name: $0.0, sql: $0.1) }, logger: silentLogger)
}

private func freshConfiguration() async throws -> DatabaseConfiguration {
    let cluster = try await TemporaryPostgres.shared()
    return DatabaseConfiguration(url: cluster.url(database: try await cluster.createDatabase()))
}

@Suite struct `A migrator` {
    @Test func `applies what is missing, once`() async throws {
        let configuration = try await freshConfiguration()
        let one = try migrator([("0001_items.sql", first)])
        let two = try migrator([("0002_more.sql", "ALTER TABLE shop.items ADD name text"), ("0001_items.sql", first)])
        #expect(try await one.run(on: configuration) == ["0001_items.sql"])
        #expect(try await one.run(on: configuration) == [])
        try await withDatabase(url: configuration.url) { (database: Database) async throws in
            #expect(try await two.pending(on: database) == ["0002_more.sql"])
            #expect(try await two.run(on: configuration) == ["0002_more.sql"])
            #expect(try await two.pending(on: database) == [])
            #expect(try await database.query("SELECT count(name), count(*) FROM shop.items")[0][1] == 2)
        }
        // An older version does not know the second one.
        let error = await databaseError { try await one.run(on: configuration) }
        #expect(error?.message.contains("0002_more.sql") == true)
    }

    @Test func `knows what an empty database lacks`() async throws {
        try await withDatabase { (database: Database) async throws in
            #expect(try await migrator([("0001_items.sql", first)]).pending(on: database) == ["0001_items.sql"])
        }
    }

    @Test func `refuses a changed file and a gap`() async throws {
        let configuration = try await freshConfiguration()
        try await migrator([("0001_items.sql", first)]).run(on: configuration)
        let changed = await databaseError {
            try await migrator([("0001_items.sql", first + " ")]).run(on: configuration)
        }
        #expect(changed?.message == "Migration \"0001_items.sql\" of shop was changed after it had been applied.")
        let gap = await databaseError { try migrator([("0001_a.sql", ""), ("0003_c.sql", "")]) }
        #expect(gap?.message == "Migration number 2 is expected where \"0003_c.sql\" stands.")
        let twin = await databaseError { try migrator([("0001_a.sql", ""), ("0001_b.sql", "")]) }
        #expect(twin?.message.contains("0001_b.sql") == true)
    }

    @Test func `leaves nothing of a file that fails`() async throws {
        let configuration = try await freshConfiguration()
        let broken = "CREATE TABLE shop.half (id bigint); SELECT 1/0;"
        let error = await databaseError {
            try await migrator([("0001_items.sql", first), ("0002_half.sql", broken)]).run(on: configuration)
        }
        #expect(error?.sqlState == "22012")
        #expect(error?.message.contains("0002_half.sql") == true)
        try await withDatabase(url: configuration.url) { database in
            let tables = try await database.query(
                "SELECT to_regclass('shop.items')::text, to_regclass('shop.half')::text")
            #expect(try tables[0][0] == "shop.items")
            #expect(try tables[0][1] == nil as String?)
        }
    }

    @Test func `refuses a file that commits by itself`() async throws {
        let configuration = try await freshConfiguration()
        let error = await databaseError {
            try await migrator([("0001_items.sql", "CREATE TABLE shop.a (id int); COMMIT;")]).run(on: configuration)
        }
        #expect(error?.message.contains("must not begin, commit or roll back") == true)
    }

    @Test func `makes extensions that the server has, and does without any other`() async throws {
        let configuration = try await freshConfiguration()
        let names = ["no_such_extension", "hstore", "adminpack"]
        let extensions = try OptionalExtensions(names: names, logger: silentLogger)
        try await withDatabase(url: configuration.url) { (database: Database) async throws in
            func made() async throws -> [String] {
                try await database.query(
                    "SELECT extname::text FROM pg_extension WHERE extname = ANY(\(names)) ORDER BY 1"
                ).map { try $0[0] }
            }
            // This login may make neither.
            try await database.query("DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN OTHERS THEN NULL; END $$")
            let guest = configuration.url.replacingOccurrences(of: "owner@", with: "guest@")
            try await extensions.run(on: DatabaseConfiguration(url: guest))
            #expect(try await made() == [])
            try await extensions.run(on: configuration)
            try await extensions.run(on: configuration)
            #expect(try await made() == ["adminpack", "hstore"])
        }
        #expect(throws: DatabaseError.self) { try OptionalExtensions(names: ["x; y"], logger: silentLogger) }
    }

    @Test func `runs each file once however many run at the same time`() async throws {
        let configuration = try await freshConfiguration()
        let files = (1...5).map { ("000\($0)_step.sql", "CREATE TABLE shop.t\($0) (id int)") }
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<6 { group.addTask { try await migrator(files).run(on: configuration) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied.sorted() == files.map(\.0))
    }

    @Test func `stops when the session with its lock is lost`() async throws {
        let configuration = try await freshConfiguration()
        let suicide = "SELECT pg_terminate_backend(pg_backend_pid())"
        let error = await databaseError {
            try await migrator([("0001_a.sql", suicide), ("0002_b.sql", "SELECT 1")]).run(on: configuration)
        }
        #expect(error?.kind == .unavailable)
        let again = try await migrator([("0001_a.sql", "SELECT 1")]).run(on: configuration)
        #expect(again == ["0001_a.sql"])
    }
}

@Suite struct `Role setup` {
    @Test func `makes roles that may log in with their latest password`() async throws {
        // A cluster that asks for passwords on TCP.
        let cluster = try await TemporaryPostgres.start(servesTCP: true) { folder in
            let rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
            try rules.write(toFile: folder + "/pg_hba.conf", atomically: true, encoding: .utf8)
        }
        defer { cluster.stop() }
        let owner = DatabaseConfiguration(url: cluster.url())
        for password in ["first", "second: '\\ü"] {
            try await RoleSetup(service: "shop", password: password, jobsPassword: "jobs", logger: silentLogger)
                .run(on: owner)
        }
        func logIn(_ role: String, _ password: String) async throws -> String {
            let quoted = password.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(
                of: "'", with: "\\'")
            let url =
                "host=127.0.0.1 port=\(try #require(cluster.tcpPort)) dbname=postgres user=\(role) password='\(quoted)'"
            return try await withDatabase(url: url) {
                try await $0.query("SELECT current_user::text, has_schema_privilege('shop', 'USAGE')")[0][0]
            }
        }
        #expect(try await logIn("shop", "second: '\\ü") == "shop")
        #expect(try await logIn("shop_jobs", "jobs") == "shop_jobs")
        #expect(await databaseError { try await logIn("shop", "first") }?.kind == .unavailable)
    }

    @Test func `works from many databases at once`() async throws {
        let cluster = try await TemporaryPostgres.shared()
        let urls = try await [cluster.createDatabase(), cluster.createDatabase(), cluster.createDatabase()]
            .map { cluster.url(database: $0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for url in urls + urls {
                group.addTask {
                    try await RoleSetup(service: "crowd", password: "a", jobsPassword: "b", logger: silentLogger)
                        .run(on: DatabaseConfiguration(url: url))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `refuses a role that bypasses row-level security, and odd names`() async throws {
        let configuration = try await freshConfiguration()
        try await withDatabase(url: configuration.url) { database in
            try await database.query("CREATE ROLE sneaky BYPASSRLS")
        }
        let bypass = await databaseError {
            try await RoleSetup(service: "sneaky", password: "a", jobsPassword: "b", logger: silentLogger)
                .run(on: configuration)
        }
        #expect(bypass?.message.contains("bypasses row-level security") == true)
        for name in ["Shop", "sh op", "", "1shop", "shop\"; DROP TABLE x"] {
            #expect(throws: DatabaseError.self) {
                try RoleSetup(service: name, password: "a", jobsPassword: "b", logger: silentLogger)
            }
        }
    }
}

@Suite struct `Durability` {
    @Test func `is accepted with the settings of a default server`() async throws {
        try await withDatabase { try await $0.verifyDurability() }
    }

    @Test(arguments: ["-c synchronous_commit=off", "-c synchronous_commit=local -c x.y=1"])
    func `is judged by the session's own settings`(options: String) async throws {
        let cluster = try await TemporaryPostgres.shared()
        let encoded = options.replacingOccurrences(of: " ", with: "%20").replacingOccurrences(of: "=", with: "%3D")
        try await withDatabase(url: cluster.url(parameters: "options=" + encoded)) { database in
            let error = await databaseError { try await database.verifyDurability() }
            #expect(error?.message.contains("synchronous_commit = off") ?? false == options.contains("off"))
        }
    }

    @Test func `is refused without fsync and full_page_writes`() async throws {
        let cluster = try await TemporaryPostgres.start(settings: ["fsync=off", "full_page_writes=off"])
        defer { cluster.stop() }
        try await withDatabase(url: cluster.url()) { database in
            let error = await databaseError { try await database.verifyDurability() }
            #expect(error?.message.contains("fsync = off") == true)
            #expect(error?.message.contains("full_page_writes = off") == true)
        }
    }
}
