import CPostgres
import Logging

/// Takes what PostgreSQL says beside the results. Only the connection's thread touches it.
final class Notices {
    /// Since the last `reset()`: a commit was not confirmed by a synchronous standby.
    private(set) var doubtsReplication = false
    /// The session was ended by the server.
    private(set) var endsSession = false
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    func reset() {
        doubtsReplication = false
    }

    /// Makes libpq report here; this object must live as long as the connection.
    func attach(to connection: OpaquePointer) {
        let receiver: PQnoticeReceiver = { context, result in
            guard let context, let result else { return }
            Unmanaged<Notices>.fromOpaque(context).takeUnretainedValue().receive(ServerReport(result))
        }
        PQsetNoticeReceiver(connection, receiver, Unmanaged.passUnretained(self).toOpaque())
    }

    private func receive(_ report: ServerReport) {
        if report.doubtsReplication { doubtsReplication = true }
        if report.endsSession { endsSession = true }
        let level: Logger.Level = report.severity == "WARNING" || report.endsSession ? .warning : .debug
        logger.log(
            level: level, "PostgreSQL: \(report.message)",
            metadata: ["severity": "\(report.severity)", "sqlstate": "\(report.sqlState)"])
    }
}
