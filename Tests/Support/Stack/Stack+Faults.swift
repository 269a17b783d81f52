import Foundation
import Logging
import Postgres

/// What a test does to a stack.
extension Stack {
    /// Sends a signal to a process, such as SIGKILL; it is started again after the stack's pause.
    package func kill(_ name: String, _ signal: Int32 = SIGKILL) async {
        await self[name].send(signal)
    }

    /// SIGSTOP: the process stays and does nothing any more.
    package func pause(_ name: String) async {
        await self[name].send(SIGSTOP)
    }

    /// SIGCONT.
    package func resume(_ name: String) async {
        await self[name].send(SIGCONT)
    }

    /// Stops a process in good order and starts it again; waits until it is ready.
    /// - Parameters:
    ///   - changes: variables for this process from now on; nil takes one away.
    ///   - failpoint: `name:action@n`, in place of the one before; nil: none.
    package func restart(
        _ name: String, environment changes: [String: String?] = [:], failpoint: String? = nil
    ) async throws {
        try await self[name].restart(changes, failpoint: failpoint)
    }

    /// Waits until every process is ready again.
    package func awaitReady(within patience: Duration = .seconds(20)) async throws {
        for process in processes { try await process.awaitReady(within: patience) }
    }

    /// Ends the postmaster by SIGKILL, and leaves it so.
    /// - Returns: whether it ended by that signal.
    @discardableResult
    package func killPostgres() async throws -> Bool {
        try await postgres.killHard()
    }

    /// Ends PostgreSQL by SIGQUIT, without a checkpoint, and leaves it so.
    package func stopPostgresImmediately() async throws {
        try await postgres.stopImmediately()
    }

    /// SIGSTOP to PostgreSQL and all its sessions: it holds every connection and says nothing, as behind a cut cable.
    package func pausePostgres() { signalPostgres(SIGSTOP) }

    /// SIGCONT.
    package func resumePostgres() { signalPostgres(SIGCONT) }

    private func signalPostgres(_ signal: Int32) {
        guard let postmaster = postgres.processID else { return }
        postgres.send(signal)
        for child in ProcessTable.children(of: postmaster) { _ = sendSignal(child, signal) }
    }

    /// Starts PostgreSQL again.
    package func startPostgres() async throws {
        try await postgres.restart()
    }

    /// Ends the sessions of the services, and none of the test.
    /// - Parameter event: only those that wait for this, as `pg_stat_activity` names it.
    /// - Returns: how many there were.
    @discardableResult
    package func terminateSessions(waitingFor event: String? = nil) async throws -> Int {
        try await database.query(
            """
            SELECT count(*) FROM (
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename <> 'owner'
                    AND (\(event)::text IS NULL OR wait_event = \(event))
            ) AS ended
            """)[0].decode(at: 0)
    }

    /// How many sessions of the services wait for this, as `pg_stat_activity` names it.
    package func sessions(waitingFor event: String) async throws -> Int {
        try await database.query(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND usename <> 'owner' AND wait_event = \(event)
            """)[0].decode(at: 0)
    }

    /// Takes back what `setting` has changed, while PostgreSQL is not running.
    package func forgetSettings() throws {
        let file = FileHandle(forWritingAtPath: postgres.folder + "/data/postgresql.auto.conf")
        try file?.truncate(atOffset: 0)
        try file?.close()
    }

    /// Changes a setting of the running PostgreSQL, for all sessions.
    package func setting(_ name: String, to value: String) async throws {
        let url = database.configuration
        try await TemporaryPostgres.onThread {
            let connection = try DedicatedConnection(
                configuration: url, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try connection.run(script: "ALTER SYSTEM SET \(name) = '\(value)'")
            try connection.run(script: "SELECT pg_reload_conf()")
        }
    }

    /// Runs SQL as the owner, past row-level security.
    @discardableResult
    package func query(_ statement: Statement) async throws -> Rows {
        try await database.query(statement, timeout: .seconds(60))
    }
}

/// Under another name, since a stack has a `kill` of its own.
private let sendSignal: @Sendable (pid_t, Int32) -> Int32 = { kill($0, $1) }
