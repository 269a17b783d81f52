import Foundation
import Logging

/// What a transaction may do.
package enum TransactionAccess: Sendable {
    case readWrite
    /// PostgreSQL refuses writes, and a lost connection is always `.unavailable`, never `.commitUnknown`.
    case readOnly
}

/// A PostgreSQL database behind a bounded pool of connections. It reconnects by itself.
///
/// Each connection is owned by a thread that blocks, so that Swift's cooperative threads never do.
package final class Database: Sendable {
    package let configuration: DatabaseConfiguration
    private let pool: Pool
    private let logger: Logger

    /// Does not connect yet; the first use does.
    /// - Throws: `.other` when the URL cannot be read.
    package init(configuration: DatabaseConfiguration, logger: Logger) throws(DatabaseError) {
        self.configuration = configuration
        self.logger = logger
        pool = try Pool(configuration, logger: logger)
    }

    deinit {
        pool.beginClosing()
    }

    /// Runs one statement in a transaction of its own, in one round trip.
    /// - Parameters:
    ///   - workspaces: set as `app.workspaces` for this transaction, for the policies of row-level security.
    ///   - timeout: for this statement; the configuration's when nil.
    @discardableResult
    package func query(
        _ statement: Statement, workspaces: [UUID] = [], access: TransactionAccess = .readWrite,
        timeout: Duration? = nil
    ) async throws(DatabaseError) -> Rows {
        try await pipeline([statement], workspaces: workspaces, access: access, timeout: timeout)[0]
    }

    /// Runs statements as one transaction in one round trip: all of them take effect or none. `stages.beforeCommit`
    /// costs a second round trip.
    /// - Returns: as many results as there are statements.
    @discardableResult
    package func pipeline(
        _ statements: [Statement], workspaces: [UUID] = [], access: TransactionAccess = .readWrite,
        timeout: Duration? = nil, stages: CommitStages = CommitStages()
    ) async throws(DatabaseError) -> [Rows] {
        guard !statements.isEmpty else { return [] }
        try statements.checkValues()
        let prelude = Prelude.settings(workspaces: workspaces, access: access, timeout: timeout)
        let patience = (timeout ?? configuration.statementTimeout) + configuration.cancelGrace
        let results = try await perform { (connection, interruption) throws(DatabaseError) in
            try connection.run(
                Pipeline(
                    statements: prelude + statements, ending: access == .readOnly ? .keepsTransaction : .commits,
                    deadline: .after(patience), interruption: interruption, stages: stages))
        }
        return Array(results.dropFirst(prelude.count))
    }

    /// Runs `body` in one transaction on one connection. It commits when `body` returns and rolls back when it throws
    /// or when the task was cancelled before the commit was sent.
    /// - Parameter stages: called on the connection's thread around the commit.
    /// - Throws: what `body` throws, or a `DatabaseError`.
    @discardableResult
    package func transaction<Result: Sendable>(
        workspaces: [UUID] = [], access: TransactionAccess = .readWrite, isolation: IsolationLevel = .readCommitted,
        stages: CommitStages = CommitStages(), _ body: (Transaction) async throws -> Result
    ) async throws -> Result {
        let lease = try await acquire()
        defer { lease.end() }
        let prelude = Prelude.begin(workspaces: workspaces, access: access, isolation: isolation)
        let transaction = Transaction(lease: lease, state: TransactionState(prelude), configuration: configuration)
        do {
            let result = try await body(transaction)
            try await transaction.commit(access: access, stages: stages)
            return result
        } catch {
            await transaction.rollBack()
            throw error
        }
    }

    /// Answers when PostgreSQL does.
    package func ping() async throws(DatabaseError) {
        try await query("SELECT 1", access: .readOnly)
    }

    package var statistics: DatabaseStatistics { pool.currentStatistics }

    /// False while PostgreSQL could not be reached at the last attempt.
    package var isAvailable: Bool { pool.currentStatistics.isAvailable }

    /// Refuses new work, waits for what runs, and interrupts what still runs after `closeTimeout`. Returns soon after
    /// that, even when a hung server keeps a connection from closing.
    package func close() async {
        pool.beginClosing()
        let interrupting = Task {
            try await Task.sleep(for: configuration.closeTimeout)
            pool.interruptAll()
            try await Task.sleep(for: configuration.cancelGrace * 3)
            pool.abandonClosing()
        }
        await pool.awaitClosed()
        interrupting.cancel()
    }

    func logDurability(_ settings: DurabilitySettings) {
        logger.log(
            level: settings.hasChecksums ? .debug : .notice, "PostgreSQL's settings keep what is committed",
            metadata: ["data_checksums": "\(settings.hasChecksums ? "on" : "off")"])
    }

    // MARK: Handing over to a thread

    private func perform<Result: Sendable>(
        _ body: @escaping @Sendable (Connection, Interruption) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        try await submit { (interruption, answer) in
            { connection in
                let outcome = Swift.Result { () throws(DatabaseError) in try body(connection, interruption) }
                return { answer.give(outcome) }
            }
        }
    }

    private func acquire() async throws(DatabaseError) -> Lease {
        let lease = Lease()
        try await submit { (interruption, answer: Answer<Void>) in
            { connection in
                interruption.onRequest { lease.interrupt() }
                answer.give(.success(()))
                return lease.serve(connection)
            }
        }
        return lease
    }

    private func submit<Value: Sendable>(
        _ makeRun: (Interruption, Answer<Value>) -> @Sendable (Connection) -> @Sendable () -> Void
    ) async throws(DatabaseError) -> Value {
        let interruption = Interruption()
        let answer = Answer<Value>()
        let job = Job(
            interruption: interruption, deadline: .after(configuration.acquireTimeout),
            run: makeRun(interruption, answer), fail: { answer.give(.failure($0)) })
        return try await interruptible {
            pool.cancel(interruption)
        } wait: { () throws(DatabaseError) in
            try await answer.wait { Task.isCancelled ? job.fail(.cancelled()) : pool.submit(job) }
        }
    }
}

/// Like `withTaskCancellationHandler`, with a typed error.
func interruptible<Value: Sendable>(
    by interrupt: @Sendable () -> Void, wait: () async throws(DatabaseError) -> Value
) async throws(DatabaseError) -> Value {
    let outcome: Result<Value, DatabaseError> = await withTaskCancellationHandler {
        do throws(DatabaseError) {
            return .success(try await wait())
        } catch {
            return .failure(error)
        }
    } onCancel: {
        interrupt()
    }
    return try outcome.get()
}
