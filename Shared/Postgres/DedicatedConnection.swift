import Foundation
import Logging

/// A connection of its own for a thread that writes all the time. Every call blocks: use it on a `DedicatedThread`,
/// never on a cooperative one. It connects at the first call and again after a loss.
package final class DedicatedConnection {
    package let configuration: DatabaseConfiguration
    private let parameters: ConnectionParameters
    private let logger: Logger
    private var connection: Connection?
    private var backoff = ConnectBackoff()
    /// The session holds something that another one would not have, so that a loss is an error.
    var staysInSession = false

    /// - Throws: `.other` when the URL cannot be read.
    package init(configuration: DatabaseConfiguration, logger: Logger) throws(DatabaseError) {
        self.configuration = configuration
        self.logger = logger
        parameters = try ConnectionParameters(configuration)
    }

    /// Starts a thread that owns a connection for as long as `body` runs.
    package static func startThread(
        name: String, configuration: DatabaseConfiguration, logger: Logger,
        _ body: @escaping @Sendable (DedicatedConnection) -> Void
    ) throws(DatabaseError) -> DedicatedThread {
        _ = try ConnectionParameters(configuration)
        return try DedicatedThread.start(name: name) {
            do throws(DatabaseError) {
                body(try DedicatedConnection(configuration: configuration, logger: logger))
            } catch {
                logger.critical("A database thread cannot start", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Connects unless connected. Within half a second of a failure it fails at once with the same error.
    package func connect() throws(DatabaseError) {
        _ = try connected()
    }

    package func close() {
        connection = nil
    }

    package var isConnected: Bool { connection?.isOpen ?? false }

    /// Runs one statement in a transaction of its own, in one round trip.
    @discardableResult
    package func query(
        _ statement: Statement, workspaces: [UUID] = [], timeout: Duration? = nil
    ) throws(DatabaseError) -> Rows {
        try pipeline([statement], workspaces: workspaces, timeout: timeout)[0]
    }

    /// Runs statements as one transaction, in one round trip unless `stages.beforeCommit` is set.
    /// - Returns: as many results as there are statements.
    @discardableResult
    package func pipeline(
        _ statements: [Statement], workspaces: [UUID] = [], timeout: Duration? = nil,
        stages: CommitStages = CommitStages()
    ) throws(DatabaseError) -> [Rows] {
        guard !statements.isEmpty else { return [] }
        let prelude = Prelude.settings(workspaces: workspaces, access: .readWrite, timeout: timeout)
        let connection = try connected()
        defer { restore() }
        let results = try connection.run(
            Pipeline(
                statements: prelude + statements, ending: .commits, deadline: deadline(timeout), stages: stages))
        return Array(results.dropFirst(prelude.count))
    }

    /// Runs `body` in one transaction, which commits when it returns and rolls back when it throws.
    @discardableResult
    package func transaction<Result>(
        workspaces: [UUID] = [], isolation: IsolationLevel = .readCommitted, stages: CommitStages = CommitStages(),
        _ body: (DedicatedTransaction) throws -> Result
    ) throws -> Result {
        let connection = try connected()
        defer { restore() }
        let prelude = Prelude.begin(workspaces: workspaces, access: .readWrite, isolation: isolation)
        let transaction = DedicatedTransaction(connection, TransactionState(prelude))
        let result = try body(transaction)
        try transaction.state.commit(on: connection, stages: stages)
        return result
    }

    /// Runs SQL text that may hold several statements and has no parameters, each in a transaction of its own unless
    /// the text says otherwise.
    package func run(script sql: String, timeout: Duration? = nil) throws(DatabaseError) {
        let connection = try connected()
        defer { restoreOutsideTransaction() }
        try connection.runScript(sql, deadline: deadline(timeout))
    }

    func withConnection<Result>(
        _ body: (Connection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try body(try connected())
    }

    private func deadline(_ timeout: Duration?) -> Deadline {
        .after((timeout ?? configuration.statementTimeout) + configuration.cancelGrace)
    }

    private func connected() throws(DatabaseError) -> Connection {
        if let connection, !connection.hasExpired || staysInSession, connection.checkIdle() { return connection }
        connection = nil
        if staysInSession { throw .unavailable("The session was lost.") }
        if let refusal = backoff.refusal() { throw refusal }
        do {
            let opened = try Connection(parameters, configuration, logger: logger)
            backoff.succeeded()
            connection = opened
            return opened
        } catch {
            backoff.failed(error)
            throw error
        }
    }

    private func restore() {
        if let connection, !connection.restore() { self.connection = nil }
    }

    private func restoreOutsideTransaction() {
        if let connection, !connection.isOpen { self.connection = nil }
    }
}

/// An open transaction of a `DedicatedConnection`.
package struct DedicatedTransaction {
    private let connection: Connection
    let state: TransactionState

    init(_ connection: Connection, _ state: TransactionState) {
        self.connection = connection
        self.state = state
    }

    @discardableResult
    package func query(_ statement: Statement) throws(DatabaseError) -> Rows {
        try pipeline([statement])[0]
    }

    /// Runs statements in one round trip.
    @discardableResult
    package func pipeline(_ statements: [Statement]) throws(DatabaseError) -> [Rows] {
        guard !statements.isEmpty else { return [] }
        let patience = connection.configuration.statementTimeout + connection.configuration.cancelGrace
        return try state.run(statements, on: connection, deadline: .after(patience), interruption: nil)
    }
}
