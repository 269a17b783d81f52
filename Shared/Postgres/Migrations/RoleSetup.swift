import Foundation
import Logging

/// Makes the login roles of a service: one for its requests and one for its jobs. May be run again at any time.
package struct RoleSetup: Sendable {
    /// A role and the password that it logs in with.
    package struct Login: Sendable {
        package var role: String
        package var password: String

        package init(role: String, password: String) {
            self.role = role
            self.password = password
        }
    }

    private let schema: String
    private let logins: [Login]
    private let logger: Logger

    /// The roles `<service>` and `<service>_jobs` on the service's schema.
    package init(
        service: String, schema: String? = nil, password: String, jobsPassword: String, logger: Logger
    ) throws(DatabaseError) {
        let logins = [
            Login(role: service, password: password), Login(role: service + "_jobs", password: jobsPassword),
        ]
        try self.init(schema: schema ?? service, logins: logins, logger: logger)
    }

    /// - Throws: `.other` for names that are not plain or for an empty password.
    package init(schema: String, logins: [Login], logger: Logger) throws(DatabaseError) {
        self.schema = try checkedName(schema)
        for login in logins {
            _ = try checkedName(login.role)
            guard !login.password.isEmpty else {
                throw DatabaseError(.other, "The role \(login.role) needs a password.")
            }
        }
        self.logins = logins
        self.logger = logger
    }

    /// Makes the schema when missing and the roles, sets their passwords, and lets them connect to this database and
    /// use the schema. What they may do to its tables stands in the migrations.
    ///
    /// Run it as owner with the right to create roles. Passwords travel hashed (SCRAM).
    /// - Throws: `.other` when a role may bypass row-level security.
    package func run(on configuration: DatabaseConfiguration) async throws(DatabaseError) {
        try await onDedicatedThread(configuration, logger) { (connection) throws(DatabaseError) in
            try connection.withAdvisoryLock("roles") { () throws(DatabaseError) in
                for login in logins { try setUpInTurn(login, connection) }
            }
        }
    }

    /// Roles belong to the whole cluster, so that a migrator of another database may change them at the same instant.
    private func setUpInTurn(_ login: Login, _ connection: DedicatedConnection) throws(DatabaseError) {
        let collisions: Set = ["23505", "42710", "XX000", "40001"]
        for attempt in 1... {
            do {
                return try setUp(login, connection)
            } catch {
                guard attempt < 20, collisions.contains(error.sqlState) else { throw error }
                usleep(UInt32.random(in: 5_000...50_000))
            }
        }
    }

    private func setUp(_ login: Login, _ connection: DedicatedConnection) throws(DatabaseError) {
        let state = try connection.query(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = \(login.role)"
        ).one()
        if let state, try state[0] {
            throw DatabaseError(.other, "The role \(login.role) bypasses row-level security and cannot serve.")
        }
        let verifier = try connection.scramVerifier(of: login.password, role: login.role)
        let database: String = try connection.query("SELECT quote_ident(current_database())")[0][0]
        try connection.pipeline([
            Statement(unsafe: "\(state == nil ? "CREATE" : "ALTER") ROLE \(login.role) LOGIN PASSWORD '\(verifier)'"),
            Statement(unsafe: "CREATE SCHEMA IF NOT EXISTS \(schema)"),
            Statement(unsafe: "GRANT CONNECT ON DATABASE \(database) TO \(login.role)"),
            Statement(unsafe: "GRANT USAGE ON SCHEMA \(schema) TO \(login.role)"),
        ])
    }
}
