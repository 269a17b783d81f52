import CPostgres
import Foundation

extension Connection {
    /// Runs statements in one round trip.
    func run(_ pipeline: Pipeline) throws(DatabaseError) -> [Rows] {
        try pipeline.statements.checkValues()
        // What an abandoned statement still sends must not be taken for this one's answer.
        guard !isBroken, settleCancellation() else { throw .unavailable("The connection was given up.") }
        var run = PipelineRun(pipeline, on: self)
        return try run.run()
    }

    /// Waits until an earlier cancel request can hit nothing more.
    private func settleCancellation() -> Bool {
        guard let request = pendingCancel else { return true }
        guard request.wait(until: .after(configuration.cancelGrace)) else {
            isBroken = true
            return false
        }
        pendingCancel = nil
        return true
    }

    /// Brings the session back to where anybody may use it: no transaction, no cancel under way.
    /// - Returns: false when it must be closed.
    func restore() -> Bool {
        guard isOpen, settleCancellation() else { return false }
        if transactionStatus == PQTRANS_INTRANS || transactionStatus == PQTRANS_INERROR {
            guard (try? run(housekeeping: ["ROLLBACK"])) != nil else { return false }
        }
        guard transactionStatus == PQTRANS_IDLE else { return false }
        let names = prepared.removeExcess()
        if !names.isEmpty {
            let statements = names.map { Statement(unsafe: "DEALLOCATE \($0)") }
            guard runUnprepared(statements) else { return false }
        }
        return isOpen && transactionStatus == PQTRANS_IDLE
    }

    /// A statement that is not the user's: cannot be cancelled and soon ends.
    func run(housekeeping statements: [Statement]) throws(DatabaseError) -> [Rows] {
        try run(
            Pipeline(statements: statements, ending: .keepsTransaction, deadline: .after(configuration.cancelGrace)))
    }

    private func runUnprepared(_ statements: [Statement]) -> Bool {
        (try? runScript(statements.map(\.sql).joined(separator: ";"), deadline: .after(configuration.cancelGrace)))
            != nil
    }

    /// Runs SQL text that may hold several statements and has no parameters. Results are dropped.
    /// - Throws: `.commitUnknown` when the answer was not read, since the text may have committed.
    func runScript(_ sql: String, deadline: Deadline) throws(DatabaseError) {
        guard !sql.utf8.contains(0) else { throw DatabaseError(.badValue, "The SQL holds a NUL character.") }
        guard !isBroken, settleCancellation() else { throw .unavailable("The connection was given up.") }
        notices.reset()
        guard PQexitPipelineMode(raw) == 1, PQsendQuery(raw, sql) == 1 else {
            isBroken = true
            throw .unavailable("The connection was lost. \(lastMessage)")
        }
        var failure: ServerReport?
        while let result = try nextScriptResult(by: deadline) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: continue
            case PGRES_FATAL_ERROR:
                let report = ServerReport(result)
                guard !report.severity.isEmpty, !report.endsSession else { throw lostScript(report.message) }
                failure = failure ?? report
            default: throw lostScript("COPY from the client is not supported.")
            }
        }
        guard PQenterPipelineMode(raw) == 1 else { throw lostScript(lastMessage) }
        if let failure { throw failure.error }
        if notices.doubtsReplication {
            throw DatabaseError(.commitUnknown, "The commit was not confirmed by a synchronous standby.")
        }
    }

    private func nextScriptResult(by deadline: Deadline) throws(DatabaseError) -> OpaquePointer? {
        while true {
            let rest = PQflush(raw)
            guard rest >= 0 else { throw lostScript(lastMessage) }
            if rest == 0, PQisBusy(raw) == 0 { return PQgetResult(raw) }
            let events = Int16(rest == 1 ? POLLIN | POLLOUT : POLLIN)
            guard pollSocket(events, until: deadline) != .deadline else { throw lostScript("No answer in time.") }
            guard PQconsumeInput(raw) == 1 || PQisBusy(raw) == 0 else { throw lostScript(lastMessage) }
        }
    }

    private func lostScript(_ message: String) -> DatabaseError {
        isBroken = true
        return DatabaseError(.commitUnknown, "The answer was not read. \(message)")
    }
}
