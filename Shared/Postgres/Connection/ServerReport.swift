import CPostgres

/// What PostgreSQL says in an error or a notice.
struct ServerReport {
    /// ERROR, FATAL, PANIC, WARNING, NOTICE …, never translated; empty when libpq itself made the result.
    let severity: String
    let sqlState: String
    let message: String
    private let constraint: String?
    private let table: String?
    /// The function of the server's source.
    private let function: String?

    init(_ result: OpaquePointer) {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        severity = field("V") ?? field("S") ?? ""
        sqlState = field("C") ?? ""
        message = field("M") ?? PQresultErrorMessage(result).map { trimmed(String(cString: $0)) } ?? ""
        constraint = field("n")
        table = field("t")
        function = field("R")
    }

    /// The session ends with this report.
    var endsSession: Bool { severity == "FATAL" || severity == "PANIC" }

    /// The commit stands here but a synchronous standby has not confirmed it.
    var doubtsReplication: Bool {
        severity == "WARNING"
            && (function == "SyncRepWaitForLSN" || message.hasPrefix("canceling wait for synchronous replication")
                || message.hasPrefix("canceling the wait for synchronous replication"))
    }

    /// As an error that proves that the transaction had no effect.
    var error: DatabaseError {
        let kind: DatabaseError.Kind
        switch sqlState {
        case "40001", "40P01": kind = .serializationFailure
        case "57014", "55P03", "25P03": kind = .timeout  // cancelled, lock not available, idle in transaction
        case "57P01", "57P02", "57P03", "57P04", "57P05": kind = .unavailable  // the server or the session ends
        default:
            switch sqlState.prefix(2) {
            case "08", "53": kind = .unavailable
            case "22": kind = .badValue
            case "23": kind = .constraintViolation
            default: kind = .other
            }
        }
        return DatabaseError(kind, message, sqlState: sqlState, constraint: constraint, table: table)
    }
}

/// Libpq's messages end with a line feed.
func trimmed(_ text: String) -> String {
    var text = Substring(text)
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
}
