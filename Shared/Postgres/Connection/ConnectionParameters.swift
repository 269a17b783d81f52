import CPostgres
import Foundation

/// What libpq is told at connect: the URL's own keywords over the layer's defaults.
struct ConnectionParameters: Sendable {
    private(set) var values: [String: String]

    /// - Throws: `.other` when the URL cannot be read. The sentence does not repeat it, since it holds a password.
    init(_ configuration: DatabaseConfiguration) throws(DatabaseError) {
        values = [
            "client_encoding": "UTF8",
            "application_name": configuration.applicationName,
            "keepalives_idle": "10",
            "keepalives_interval": "5",
            "keepalives_count": "3",
            "tcp_user_timeout": "20000",
        ]
        for (keyword, value) in try Self.parse(configuration.url) { values[keyword] = value }
        let hostCount = (values["host"] ?? values["hostaddr"] ?? "").split(separator: ",").count
        let perHost = configuration.connectTimeout.nanoseconds / 1_000_000_000 / UInt64(max(1, hostCount))
        values["connect_timeout"] = values["connect_timeout"] ?? String(max(2, perHost))
        let settings = [
            ("statement_timeout", configuration.statementTimeout),
            ("idle_in_transaction_session_timeout", configuration.idleInTransactionTimeout),
        ]
        // The URL's own options come last and win.
        let options = settings.map { "-c \($0.0)=\(min($0.1.milliseconds, UInt64(Int32.max)))" }
        values["options"] = (options + [values["options"] ?? ""]).joined(separator: " ")
    }

    /// Only the blocking way of connecting gives each host its own time, so that one that hangs does not use up all of
    /// it. The layer's threads may block.
    var namesSeveralHosts: Bool {
        (values["host"] ?? "").contains(",") || (values["hostaddr"] ?? "").contains(",")
    }

    private static func parse(_ url: String) throws(DatabaseError) -> [(String, String)] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            PQfreemem(message)
            throw DatabaseError(.other, "The database URL cannot be read: it is neither a URL nor keyword=value pairs.")
        }
        defer { PQconninfoFree(options) }
        var found: [(String, String)] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { found.append((String(cString: keyword), String(cString: value))) }
            option += 1
        }
        return found
    }

    /// Calls with libpq's two arrays, which end with nil.
    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let keywords = values.keys.map { strdup($0) }
        let texts = values.values.map { strdup($0) }
        defer { (keywords + texts).forEach { free($0) } }
        return (keywords + [nil]).map { UnsafePointer($0) }.withUnsafeBufferPointer { keywords in
            (texts + [nil]).map { UnsafePointer($0) }.withUnsafeBufferPointer { texts in
                // Both hold at least the ending nil.
                body(keywords.baseAddress.unsafelyUnwrapped, texts.baseAddress.unsafelyUnwrapped)
            }
        }
    }
}
