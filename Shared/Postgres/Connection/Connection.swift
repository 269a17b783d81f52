import CPostgres
import Foundation
import Logging

/// One session with PostgreSQL. It belongs to one thread, which it blocks, never beyond a deadline.
final class Connection {
    let raw: OpaquePointer
    let configuration: DatabaseConfiguration
    let notices: Notices
    let wakeUp = WakeUp()
    var prepared: PreparedStatements
    /// The connection is to be replaced then.
    let expiry: Deadline
    /// Set when the session is in a state that nobody can trust; only closing is left.
    var isBroken = false
    var pendingCancel: CancelRequest?

    /// Connects within the configuration's timeout.
    /// - Throws: `.unavailable`.
    init(
        _ parameters: ConnectionParameters, _ configuration: DatabaseConfiguration, logger: Logger,
        interruption: Interruption? = nil
    ) throws(DatabaseError) {
        let connection = parameters.withPointers {
            parameters.namesSeveralHosts ? PQconnectdbParams($0, $1, 0) : PQconnectStartParams($0, $1, 0)
        }
        guard let connection else { throw .unavailable("There is no memory for a connection.") }
        raw = connection
        self.configuration = configuration
        notices = Notices(logger: logger)
        prepared = PreparedStatements(limit: configuration.maxPreparedStatements)
        let lifetime = Double(configuration.connectionLifetime.nanoseconds) * Double.random(in: 0.9...1)
        expiry = .after(.nanoseconds(Int64(min(lifetime, 9e18))))
        notices.attach(to: connection)
        interruption?.attach(wakeUp)
        defer { interruption?.detach() }
        if PQstatus(raw) != CONNECTION_OK {
            try establish(by: .after(configuration.connectTimeout), interruption)
        }
        guard PQsetnonblocking(raw, 1) == 0, PQenterPipelineMode(raw) == 1 else {
            throw .unavailable("The connection cannot be switched to pipeline mode.")
        }
    }

    deinit {
        PQfinish(raw)
    }

    private func establish(by deadline: Deadline, _ interruption: Interruption?) throws(DatabaseError) {
        guard PQstatus(raw) != CONNECTION_BAD else { throw connectFailure() }
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            if interruption?.isRequested ?? false { throw .cancelled() }
            guard state != PGRES_POLLING_FAILED else { throw connectFailure() }
            let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
            guard pollSocket(Int16(events), until: deadline) != .deadline else {
                throw .unavailable("PostgreSQL did not answer within \(configuration.connectTimeout).")
            }
            state = PQconnectPoll(raw)
        }
    }

    private func connectFailure() -> DatabaseError {
        // Before version 16 libpq gives no SQLSTATE for a refused connection; this one matters to the pool.
        let isFull =
            lastMessage.contains("too many clients") || lastMessage.contains("remaining connection slots")
            || lastMessage.contains("too many connections")
        return .unavailable(lastMessage, sqlState: isFull ? "53300" : "")
    }

    var lastMessage: String { PQerrorMessage(raw).map { trimmed(String(cString: $0)) } ?? "" }

    var transactionStatus: PGTransactionStatusType { PQtransactionStatus(raw) }

    var isOpen: Bool { !isBroken && PQstatus(raw) == CONNECTION_OK && !notices.endsSession }

    var hasExpired: Bool { expiry.hasPassed }

    /// Looks, without waiting, whether the server has hung up while the connection was idle.
    func checkIdle() -> Bool {
        for _ in 0..<4 {
            guard isOpen else { return false }
            var descriptor = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 0) > 0 else { return true }
            guard PQconsumeInput(raw) == 1 else { return false }
            PQfreemem(PQnotifies(raw))  // lets libpq interpret what it read
        }
        return isOpen
    }

    /// The report refuses a write because the server is no primary (any more).
    func isOnStandby(_ report: ServerReport) -> Bool {
        report.sqlState == "25006"
            && PQparameterStatus(raw, "in_hot_standby").map { String(cString: $0) } == "on"
    }

    enum PollOutcome { case socket, wakeUp, deadline }

    /// Waits for the socket, for the wake-up or for the deadline.
    func pollSocket(_ events: Int16, until deadline: Deadline) -> PollOutcome {
        var descriptors = (
            pollfd(fd: PQsocket(raw), events: events, revents: 0),
            pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
        )
        while true {
            let count = withUnsafeMutableBytes(of: &descriptors) {
                poll($0.assumingMemoryBound(to: pollfd.self).baseAddress, 2, deadline.pollTimeoutMS)
            }
            if count > 0 {
                if descriptors.1.revents != 0 {
                    wakeUp.drain()
                    return .wakeUp
                }
                return .socket
            }
            if deadline.hasPassed { return .deadline }
        }
    }
}
