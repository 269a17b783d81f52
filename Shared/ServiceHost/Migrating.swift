import EventLog
import Foundation
import Logging
import Postgres
import ServiceRuntime

/// `<service> migrate`: the service's logins and its tables, brought to their newest form. May be run at any time.
struct Migrating {
    let definition: ServiceDefinition
    let databases: DatabaseSettings
    let process: ServiceProcess

    func run() async throws {
        let owner = try databases.owner(process.settings)
        // Without a login of their own the roles are taken on by the shared login, and nobody needs the password.
        let password = try databases.password(process.settings) ?? Self.unknownPassword()
        do {
            let roles = try RoleSetup(
                service: definition.name, password: password, jobsPassword: password, logger: process.logger)
            try await roles.run(on: owner)
            let first = try Migration(
                name: EventLogMigration.name, sql: EventLogMigration.sql(for: definition.name))
            let own = try definition.migrations.map { try Migration(name: $0.name, sql: $0.sql) }
            let migrator = try Migrator(
                schema: definition.name, migrations: [first] + own, logger: process.logger)
            let applied = try await migrator.run(on: owner)
            try await OptionalExtensions(names: definition.extensions, logger: process.logger).run(on: owner)
            process.logger.info("migrated", metadata: ["applied": "\(applied.count)"])
        } catch let error as DatabaseError {
            throw StartFailure("The database cannot be migrated: \(error.message)")
        }
    }

    private static func unknownPassword() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next(), radix: 36) }.joined()
    }
}
