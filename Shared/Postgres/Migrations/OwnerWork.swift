import CPostgres
import Foundation
import Logging

/// Runs `body` with a connection of its own whose statements may take long.
func onDedicatedThread<Result: Sendable>(
    _ configuration: DatabaseConfiguration, _ logger: Logger,
    _ body: @escaping @Sendable (DedicatedConnection) throws(DatabaseError) -> Result
) async throws(DatabaseError) -> Result {
    var patient = configuration
    patient.statementTimeout = .seconds(3_600)
    patient.idleInTransactionTimeout = .seconds(3_600)
    let configuration = patient
    let answer = Answer<Result>()
    return try await answer.wait {
        do throws(DatabaseError) {
            try DedicatedThread.start(name: "pg-owner") {
                answer.give(
                    Swift.Result { () throws(DatabaseError) in
                        try body(try DedicatedConnection(configuration: configuration, logger: logger))
                    })
            }
        } catch {
            answer.give(.failure(error))
        }
    }
}

extension DedicatedConnection {
    /// Runs `body` while no other session of this database holds the same lock. Should the session be lost, so is the
    /// lock: `body` then fails, for it cannot go on in another session.
    /// - Throws: `.timeout` when another session holds the lock for ten minutes.
    func withAdvisoryLock<Result>(
        _ name: String, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        let deadline = Deadline.after(.seconds(600))
        // Asked for again and again: a statement that waits would hold a snapshot.
        while !(try query("SELECT pg_try_advisory_lock(hashtextextended(\(name), 0))")[0][0] as Bool) {
            guard !deadline.hasPassed else {
                throw DatabaseError(.timeout, "Another session holds the lock on \(name).")
            }
            usleep(50_000)
        }
        staysInSession = true
        defer {
            _ = try? query("SELECT pg_advisory_unlock(hashtextextended(\(name), 0))")
            staysInSession = false
        }
        return try body()
    }

    /// The password as PostgreSQL stores it, so that the password itself reaches neither the server nor its log.
    func scramVerifier(of password: String, role: String) throws(DatabaseError) -> String {
        try withConnection { (connection) throws(DatabaseError) in
            guard let verifier = PQencryptPasswordConn(connection.raw, password, role, "scram-sha-256") else {
                throw DatabaseError(.other, "The password of \(role) cannot be hashed.")
            }
            defer { PQfreemem(verifier) }
            return String(cString: verifier)
        }
    }

    /// Runs a file's SQL and one more statement in one transaction.
    /// - Throws: `.other` when the file ends the transaction by itself.
    func transaction(script: String, then last: Statement) throws(DatabaseError) {
        try withConnection { (connection) throws(DatabaseError) in
            defer { if !connection.restore() { close() } }
            let state = TransactionState(["BEGIN"])
            let deadline = Deadline.after(configuration.statementTimeout)
            _ = try state.run(["SELECT 1"], on: connection, deadline: deadline, interruption: nil)
            do throws(DatabaseError) {
                try connection.runScript(script, deadline: deadline)
            } catch {
                guard error.kind == .commitUnknown else { throw error }
                // The script ran inside of a transaction, whose commit was not sent.
                throw .unavailable(error.message)
            }
            guard connection.transactionStatus == PQTRANS_INTRANS else {
                throw DatabaseError(.other, "the file must not begin, commit or roll back transactions.")
            }
            _ = try state.run([last], on: connection, deadline: deadline, interruption: nil)
            try state.commit(on: connection)
        }
    }
}
