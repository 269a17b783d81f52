import CPostgres

package enum IsolationLevel: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

/// An open transaction. Statements of several tasks run one after the other.
package struct Transaction: Sendable {
    let lease: Lease
    let state: TransactionState
    let configuration: DatabaseConfiguration

    @discardableResult
    package func query(_ statement: Statement, timeout: Duration? = nil) async throws(DatabaseError) -> Rows {
        try await pipeline([statement], timeout: timeout)[0]
    }

    /// Runs statements in one round trip.
    /// - Returns: as many results as there are statements.
    @discardableResult
    package func pipeline(
        _ statements: [Statement], timeout: Duration? = nil
    ) async throws(DatabaseError) -> [Rows] {
        guard !statements.isEmpty else { return [] }
        try statements.checkValues()
        let patience = (timeout ?? configuration.statementTimeout) + configuration.cancelGrace
        return try await lease.perform { (connection, interruption) throws(DatabaseError) in
            try state.run(statements, on: connection, deadline: .after(patience), interruption: interruption)
        }
    }

    func commit(
        access: TransactionAccess, stages: CommitStages = CommitStages()
    ) async throws(DatabaseError) {
        guard !Task.isCancelled else { throw .cancelled() }
        try await lease.perform(isLast: true) { (connection, interruption) throws(DatabaseError) in
            guard !interruption.isRequested else { throw .cancelled() }
            try state.commit(on: connection, access: access, stages: stages)
        }
    }

    func rollBack() async {
        do {
            try await lease.perform(isLast: true) { (connection, _) in _ = connection.restore() }
        } catch {
            // The lease has ended: its thread rolled back before anybody else got the connection.
        }
    }
}

/// The connection's side of a transaction. Only the connection's thread touches it.
final class TransactionState: @unchecked Sendable {
    /// Sent with the first statement; empty once it was.
    private var prelude: [Statement]
    private var hasBegun = false
    private var firstError: DatabaseError?

    init(_ prelude: [Statement]) {
        self.prelude = prelude
    }

    func run(
        _ statements: [Statement], on connection: Connection, deadline: Deadline, interruption: Interruption?
    ) throws(DatabaseError) -> [Rows] {
        let prelude = hasBegun ? [] : prelude
        do {
            // A fault of a value is found before anything is sent; then the transaction has not begun.
            let results = try connection.run(
                Pipeline(
                    statements: prelude + statements, ending: .keepsTransaction, deadline: deadline,
                    interruption: interruption))
            hasBegun = true
            return Array(results.dropFirst(prelude.count))
        } catch {
            if connection.transactionStatus != PQTRANS_IDLE { hasBegun = true }
            firstError = firstError ?? error
            throw error
        }
    }

    func commit(
        on connection: Connection, access: TransactionAccess = .readWrite, stages: CommitStages = CommitStages()
    ) throws(DatabaseError) {
        guard hasBegun else { return }
        if connection.transactionStatus == PQTRANS_INTRANS { stages.beforeCommit?() }
        // Seen here, a loss is certain to have come before the commit.
        guard connection.checkIdle() else { throw firstError ?? .unavailable("The connection was lost.") }
        guard connection.transactionStatus == PQTRANS_INTRANS else {
            throw firstError ?? DatabaseError(.other, "The transaction ended before its commit.")
        }
        let patience = connection.configuration.statementTimeout + connection.configuration.cancelGrace
        let results = try connection.run(
            Pipeline(
                statements: ["COMMIT"], ending: access == .readOnly ? .keepsTransaction : .isCommit,
                deadline: .after(patience), stages: CommitStages(commitSent: stages.commitSent)))
        guard results[0].result.commandTag == "COMMIT" else {
            throw firstError
                ?? DatabaseError(.other, "PostgreSQL rolled the transaction back instead of committing it.")
        }
    }
}
