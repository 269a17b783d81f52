import EventLog
import Foundation
import Postgres
import TestSupport

/// A service's schema in a database of a test, seen through its two logins.
struct ServiceDatabase: Sendable {
    /// What a service brings into the database.
    struct Schema: Sendable {
        var name: String
        var migrations: [(name: String, sql: [UInt8])]
        var extensions: [String] = []
    }

    /// Logged in as the service.
    let database: Database
    /// Logged in as the service's jobs.
    let jobs: Database

    /// Gives `body` the schemas of some services in one fresh database, by their names, and the owner's pool.
    /// - Parameter given: the cluster; nil: the one of all tests.
    static func with<Result>(
        _ schemas: [Schema], on given: TemporaryPostgres? = nil,
        _ body: ([String: ServiceDatabase], _ owner: Database) async throws -> Result
    ) async throws -> Result {
        let cluster = if let given { given } else { try await TemporaryPostgres.shared() }
        let name = try await cluster.createDatabase()
        func pool(_ user: String) throws -> Database {
            try Database(
                configuration: DatabaseConfiguration(url: cluster.url(database: name, user: user)),
                logger: silentLogger)
        }
        var services: [String: ServiceDatabase] = [:]
        for schema in schemas {
            try await migrate(schema, DatabaseConfiguration(url: cluster.url(database: name)))
            services[schema.name] = ServiceDatabase(
                database: try pool(schema.name), jobs: try pool("\(schema.name)_jobs"))
        }
        let owner = try pool("owner")
        let pools = [owner] + services.values.flatMap { [$0.database, $0.jobs] }
        do {
            let result = try await body(services, owner)
            for pool in pools { await pool.close() }
            return result
        } catch {
            for pool in pools { await pool.close() }
            throw error
        }
    }

    private static func migrate(_ schema: Schema, _ owner: DatabaseConfiguration) async throws {
        try await RoleSetup(service: schema.name, password: "x", jobsPassword: "x", logger: silentLogger).run(on: owner)
        let first = try Migration(name: EventLogMigration.name, sql: EventLogMigration.sql(for: schema.name))
        let own = try schema.migrations.map { try Migration(name: $0.name, sql: $0.sql) }
        try await Migrator(schema: schema.name, migrations: [first] + own, logger: silentLogger).run(on: owner)
        try await OptionalExtensions(names: schema.extensions, logger: silentLogger).run(on: owner)
    }
}
