import Logging

/// Makes extensions that a service uses where the server has them and does without elsewhere.
package struct OptionalExtensions: Sendable {
    private let names: [String]
    private let logger: Logger

    /// - Throws: `.other` for a name that is not plain.
    package init(names: [String], logger: Logger) throws(DatabaseError) {
        for name in names { _ = try checkedName(name) }
        self.names = names
        self.logger = logger
    }

    /// One that the server does not have, or that this login may not make, is left out, and the log says so.
    /// - Throws: when the server cannot be asked.
    package func run(on configuration: DatabaseConfiguration) async throws(DatabaseError) {
        guard !names.isEmpty else { return }
        try await onDedicatedThread(configuration, logger) { (connection) throws(DatabaseError) in
            try connection.withAdvisoryLock("extensions") { () throws(DatabaseError) in
                for name in names { try make(name, connection) }
            }
        }
    }

    private func make(_ name: String, _ connection: DedicatedConnection) throws(DatabaseError) {
        let found = try connection.query(
            "SELECT installed_version IS NOT NULL FROM pg_available_extensions WHERE name = \(name)"
        ).one()
        guard let found else {
            return logger.info("the server has no such extension", metadata: ["extension": "\(name)"])
        }
        guard try !found[0] as Bool else { return }
        do {
            _ = try connection.query("CREATE EXTENSION IF NOT EXISTS \(unsafe: name)")
            logger.info("an extension was made", metadata: ["extension": "\(name)"])
        } catch {
            guard error.kind != .unavailable else { throw error }
            logger.notice(
                "an extension cannot be made and is done without",
                metadata: ["extension": "\(name)", "cause": "\(error.message)"])
        }
    }
}
