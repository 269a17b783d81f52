import CPostgres
import Foundation

/// One pipeline on its way: sends, waits, reads, and knows at each instant what may have been committed.
struct PipelineRun {
    /// Why waiting ended without an answer.
    private enum Stop: Error {
        case lost, deadline, cancelled
    }

    private enum Expected {
        case preparation(PreparedStatements.Key, name: String)
        case statement(Int)
    }

    private let connection: Connection
    private let pipeline: Pipeline
    private var deadline: Deadline
    private var expected: [Expected] = []
    private var results: [QueryResult?]
    /// The first error of a statement: it proves that the transaction is rolled back.
    private var failure: ServerReport?
    private var syncWasSent = false
    /// The session ended before the server came to the commit.
    private var endedBeforeCommit = false
    private var endMessage: String?
    private var cancelReason: Stop?

    init(_ pipeline: Pipeline, on connection: Connection) {
        self.connection = connection
        self.pipeline = pipeline
        deadline = pipeline.deadline
        results = Array(repeating: nil, count: pipeline.statements.count)
    }

    /// - Throws: `.unavailable`, `.cancelled` or `.timeout` only when nothing was committed, else `.commitUnknown`.
    mutating func run() throws(DatabaseError) -> [Rows] {
        connection.notices.reset()
        connection.wakeUp.drain()
        pipeline.interruption?.attach(connection.wakeUp)
        defer { pipeline.interruption?.detach() }
        if pipeline.interruption?.isRequested ?? false { throw .cancelled() }
        do {
            try send()
            try readAll()
        } catch {
            connection.isBroken = true
            throw explain(error)
        }
        return try outcome()
    }

    private mutating func outcome() throws(DatabaseError) -> [Rows] {
        if let failure { throw reportedError(failure) }
        if connection.notices.doubtsReplication, pipeline.ending != .keepsTransaction {
            throw DatabaseError(.commitUnknown, "The commit was not confirmed by a synchronous standby.")
        }
        let rows = results.compactMap { $0.map(Rows.init(result:)) }
        guard rows.count == results.count else {
            connection.isBroken = true
            let isKnown = pipeline.ending == .keepsTransaction
            throw DatabaseError(isKnown ? .other : .commitUnknown, "PostgreSQL answered with too few results.")
        }
        return rows
    }

    private func reportedError(_ report: ServerReport) -> DatabaseError {
        var error = report.error
        // A primary that has become a standby refused; the next connection finds the new primary.
        if connection.isOnStandby(report) { error.kind = .unavailable }
        if report.sqlState == "57014", cancelReason == .cancelled { error.kind = .cancelled }
        return error
    }

    private func explain(_ stop: Stop) -> DatabaseError {
        if let failure { return reportedError(failure) }
        let message = endMessage ?? connection.lastMessage
        if pipeline.ending != .keepsTransaction, syncWasSent, !endedBeforeCommit {
            return DatabaseError(.commitUnknown, "The commit was sent, its result was not read. \(message)")
        }
        switch stop {
        case .lost: return .unavailable("The connection was lost. \(message)")
        case .deadline: return DatabaseError(.timeout, "PostgreSQL did not answer in time.")
        case .cancelled: return .cancelled()
        }
    }

    // MARK: Sending

    private mutating func send() throws(Stop) {
        var preparing: [PreparedStatements.Key: String] = [:]
        for (index, statement) in pipeline.statements.enumerated() {
            let parameters = statement.parameters
            let key = PreparedStatements.Key(sql: statement.sql, types: parameters.types)
            let name: String
            if let known = connection.prepared.name(for: key) ?? preparing[key] {
                name = known
            } else {
                name = connection.prepared.makeName()
                preparing[key] = name
                let sent = PQsendPrepare(connection.raw, name, key.sql, Int32(key.types.count), key.types)
                guard sent == 1 else { throw .lost }
                expected.append(.preparation(key, name: name))
            }
            let sent = parameters.withPointers { values, sizes, formats in
                PQsendQueryPrepared(connection.raw, name, Int32(parameters.count), values, sizes, formats, 1)
            }
            guard sent == 1 else { throw .lost }
            expected.append(.statement(index))
        }
        if let beforeCommit = pipeline.stages.beforeCommit {
            guard PQsendFlushRequest(connection.raw) == 1 else { throw .lost }
            try readStatements()
            if failure == nil {
                beforeCommit()
                // Seen here, a loss is certain to have come before the commit.
                guard connection.checkIdle() else { throw .lost }
            }
        }
        // From here on libpq may have sent it, whatever it returns.
        syncWasSent = true
        guard PQpipelineSync(connection.raw) == 1 else { throw .lost }
        if let commitSent = pipeline.stages.commitSent, failure == nil {
            try flush()
            commitSent()
        }
    }

    private mutating func flush() throws(Stop) {
        while true {
            let rest = PQflush(connection.raw)
            guard rest >= 0 else { throw .lost }
            if rest == 0 { return }
            try wait(for: Int16(POLLIN | POLLOUT))
        }
    }

    // MARK: Reading

    private mutating func readAll() throws(Stop) {
        try readStatements()
        while true {
            guard let result = try nextResult() else {
                guard PQstatus(connection.raw) == CONNECTION_OK else { throw .lost }
                continue
            }
            if PQresultStatus(result) == PGRES_PIPELINE_SYNC { return PQclear(result) }
            // A deferred constraint or a serialization failure shows at the commit.
            try note(error: result, isBeforeCommit: false)
            PQclear(result)
        }
    }

    private mutating func readStatements() throws(Stop) {
        for item in expected { try read(item) }
        expected = []
    }

    private mutating func read(_ item: Expected) throws(Stop) {
        guard let result = try nextResult() else { throw .lost }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            switch item {
            case .preparation(let key, let name):
                connection.prepared.insert(key, name: name)
                PQclear(result)
            case .statement(let index):
                results[index] = QueryResult(result)
            }
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
        case PGRES_FATAL_ERROR:
            defer { PQclear(result) }
            try note(error: result, isBeforeCommit: pipeline.ending != .isCommit)
        default:  // COPY has no place in a pipeline
            PQclear(result)
            throw .lost
        }
        // Each statement's results end with nil.
        while let extra = try nextResult() { PQclear(extra) }
    }

    private mutating func note(error result: OpaquePointer, isBeforeCommit: Bool) throws(Stop) {
        let report = ServerReport(result)
        if report.endsSession {
            endMessage = report.message
            endedBeforeCommit = isBeforeCommit
            throw .lost
        }
        // Libpq's own reports, such as that of a closed socket, have no severity and prove nothing.
        guard !report.severity.isEmpty else { throw .lost }
        if connection.isOnStandby(report) { connection.isBroken = true }
        failure = failure ?? report
    }

    private mutating func nextResult() throws(Stop) -> OpaquePointer? {
        var rest = PQflush(connection.raw)
        while PQisBusy(connection.raw) == 1 {
            guard rest >= 0, PQstatus(connection.raw) == CONNECTION_OK else { throw .lost }
            try wait(for: Int16(rest == 1 ? POLLIN | POLLOUT : POLLIN))
            if rest == 1 { rest = PQflush(connection.raw) }
        }
        return PQgetResult(connection.raw)
    }

    private mutating func wait(for events: Int16) throws(Stop) {
        switch connection.pollSocket(events, until: deadline) {
        case .socket:
            // When this fails, libpq still holds what arrived before; reading it tells why the session ended.
            _ = PQconsumeInput(connection.raw)
        case .wakeUp:
            if cancelReason == nil, pipeline.ending != .isCommit, pipeline.interruption?.isRequested ?? false {
                try cancel(.cancelled)
            }
        case .deadline:
            // A commit is never cancelled: that could only make its outcome less certain.
            guard cancelReason == nil, pipeline.ending != .isCommit else { throw cancelReason ?? .deadline }
            try cancel(.deadline)
        }
    }

    private mutating func cancel(_ reason: Stop) throws(Stop) {
        cancelReason = reason
        guard let request = CancelRequest.send(to: connection.raw) else { throw reason }
        connection.pendingCancel = request
        deadline = .after(connection.configuration.cancelGrace)
    }
}

extension ParameterList {
    /// Calls with libpq's arrays of values, sizes and formats.
    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { formats in
                    var offset = 0
                    for index in 0..<count {
                        formats[index] = 1
                        values[index] = nil
                        guard sizes[index] >= 0 else { continue }
                        // An empty value needs a pointer too: nil would mean NULL.
                        let start = bytes.baseAddress.map { $0 + offset } ?? UnsafeRawPointer(emptyValue)
                        values[index] = start.assumingMemoryBound(to: CChar.self)
                        offset += Int(sizes[index])
                    }
                    return sizes.withUnsafeBufferPointer {
                        body(UnsafePointer(values.baseAddress), $0.baseAddress, UnsafePointer(formats.baseAddress))
                    }
                }
            }
        }
    }
}

nonisolated(unsafe) private let emptyValue = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
