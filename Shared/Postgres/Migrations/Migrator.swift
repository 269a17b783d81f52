import Foundation
import Logging

/// Brings a schema to its newest form. Each migration runs once, in a transaction of its own, whoever runs the migrator
/// and however many at the same time.
package struct Migrator: Sendable {
    private let schema: String
    private let migrations: [Migration]
    private let logger: Logger

    /// - Parameter schema: where `schema_migrations` is kept; made when missing.
    /// - Throws: `.other` for a gap in the numbers or a schema that is not a plain lower-case name.
    package init(schema: String, migrations: [Migration], logger: Logger) throws(DatabaseError) {
        self.schema = try checkedName(schema)
        self.migrations = try Migration.ordered(migrations)
        self.logger = logger
    }

    /// Applies what is missing. Needs the right to create the schema.
    /// - Returns: the names of the migrations that this run applied.
    /// - Throws: `.other` with a sentence when an applied migration has changed or is not known here; the error of
    ///   the migration that fails, which then has no effect.
    @discardableResult
    package func run(on configuration: DatabaseConfiguration) async throws(DatabaseError) -> [String] {
        try await onDedicatedThread(configuration, logger) { (connection) throws(DatabaseError) in
            try connection.withAdvisoryLock("migrations of \(schema)") { () throws(DatabaseError) in
                try migrate(connection)
            }
        }
    }

    /// The names of the migrations that have not been applied; all of them on an empty database.
    /// - Throws: like `run(on:)`, when an applied migration has changed or is not known here.
    package func pending(on database: Database) async throws(DatabaseError) -> [String] {
        let exists: String? = try await database.query("SELECT to_regclass(\(historyTable))::text")[0][0]
        guard exists != nil else { return migrations.map(\.name) }
        let results = try await database.pipeline([history] + migrations.map(checksum), access: .readOnly)
        return try missing(results).map(\.name)
    }

    private var historyTable: String { "\(schema).schema_migrations" }

    private var history: Statement {
        "SELECT number, name, checksum FROM \(unsafe: historyTable) ORDER BY number"
    }

    private func checksum(_ migration: Migration) -> Statement {
        "SELECT encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex')"
    }

    private func migrate(_ connection: DedicatedConnection) throws(DatabaseError) -> [String] {
        try connection.run(
            script: """
                CREATE SCHEMA IF NOT EXISTS \(schema);
                CREATE TABLE IF NOT EXISTS \(historyTable) (
                    number integer PRIMARY KEY,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                );
                GRANT SELECT ON \(historyTable) TO PUBLIC
                """)
        let missing = try missing(try connection.pipeline([history] + migrations.map(checksum)))
        for migration in missing { try apply(migration, connection) }
        return missing.map(\.name)
    }

    /// - Parameter results: the history and each known migration's checksum.
    private func missing(_ results: [Rows]) throws(DatabaseError) -> [Migration] {
        var applied: [Int: (name: String, checksum: String)] = [:]
        for row in results[0] {
            let (number, name, checksum) = try row.decode((Int, String, String).self)
            guard number <= migrations.count else {
                throw DatabaseError(
                    .other, "The schema \(schema) has migration \"\(name)\", which this version does not know.")
            }
            applied[number] = (name, checksum)
        }
        var missing: [Migration] = []
        for (index, migration) in migrations.enumerated() {
            guard let known = applied[migration.number] else {
                missing.append(migration)
                continue
            }
            guard missing.isEmpty else {
                throw DatabaseError(
                    .other, "The schema \(schema) has \"\(known.name)\" but lacks \"\(missing[0].name)\" before it.")
            }
            guard known.name == migration.name, known.checksum == (try results[index + 1][0][0]) as String else {
                throw DatabaseError(
                    .other, "Migration \"\(known.name)\" of \(schema) was changed after it had been applied.")
            }
        }
        return missing
    }

    private func apply(_ migration: Migration, _ connection: DedicatedConnection) throws(DatabaseError) {
        let record: Statement = """
            INSERT INTO \(unsafe: historyTable) (number, name, checksum)
            VALUES (\(migration.number), \(migration.name), encode(sha256(convert_to(\(migration.sql), 'UTF8')), 'hex'))
            """
        do {
            try connection.transaction(script: migration.sql, then: record)
        } catch {
            var error = error
            error.message = "Migration \"\(migration.name)\" of \(schema): \(error.message)"
            throw error
        }
        logger.info("A migration was applied", metadata: ["schema": "\(schema)", "migration": "\(migration.name)"])
    }
}

/// A name that needs no quotes in SQL.
func checkedName(_ name: String) throws(DatabaseError) -> String {
    let isPlain = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    guard isPlain, let first = name.utf8.first, !(48...57).contains(first), name.utf8.count <= 56 else {
        throw DatabaseError(.other, "\"\(name)\" is not a plain lower-case name of at most 56 letters.")
    }
    return name
}
