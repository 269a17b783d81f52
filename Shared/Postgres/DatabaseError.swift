/// What went wrong, sorted by what a caller may do about it.
package struct DatabaseError: Error, Sendable {
    package enum Kind: Sendable, Hashable {
        /// SQLSTATE class 23; `constraint` has the name. The statement had no effect.
        case constraintViolation
        /// SQLSTATE class 22, or a value refused before it was sent. The statement had no effect.
        case badValue
        /// A serialization failure or a deadlock: the transaction had no effect; run it again.
        case serializationFailure
        /// PostgreSQL could not be reached, or the connection was lost before anything was committed.
        /// Safe to run again.
        case unavailable
        /// The commit was sent and its result is not known: it may or may not have happened, or it has happened on
        /// the primary alone. Run the same thing again only when that is harmless.
        case commitUnknown
        /// The asking task was cancelled; the transaction had no effect.
        case cancelled
        /// A deadline passed or PostgreSQL cancelled the statement; the transaction had no effect.
        case timeout
        /// A row does not have the shape that the code asks for.
        case decoding
        /// Anything else that PostgreSQL refused: see `sqlState`. The transaction had no effect.
        case other
    }

    package var kind: Kind
    /// Five characters, empty when the error was not made by PostgreSQL.
    package var sqlState: String
    /// For the log; it may quote a value, so it never travels to a user.
    package var message: String
    /// Of the violated constraint, when PostgreSQL names it.
    package var constraint: String?
    /// Of the table, when PostgreSQL names it.
    package var table: String?

    package init(
        _ kind: Kind, _ message: String, sqlState: String = "", constraint: String? = nil, table: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
        self.table = table
    }

    /// True when the values of a row are to blame (class 22 or 23): its neighbours may succeed without it.
    package var blamesValues: Bool { kind == .badValue || kind == .constraintViolation }

    /// True when running the same transaction again is certain not to do it twice and may succeed.
    package var isSafeToRetry: Bool { kind == .serializationFailure || kind == .unavailable }

    /// True for a violated unique or primary key.
    package var isUniqueViolation: Bool { sqlState == "23505" }

    static func unavailable(_ message: String, sqlState: String = "") -> DatabaseError {
        DatabaseError(.unavailable, message, sqlState: sqlState)
    }

    static func cancelled() -> DatabaseError {
        DatabaseError(.cancelled, "The task was cancelled.")
    }
}

extension DatabaseError: CustomStringConvertible {
    package var description: String {
        let state = sqlState.isEmpty ? "" : " [\(sqlState)]"
        let name = constraint.map { " (constraint \($0))" } ?? ""
        return "\(kind)\(state): \(message)\(name)"
    }
}
