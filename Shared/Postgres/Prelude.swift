import Foundation

/// What is sent ahead of a transaction's own statements.
enum Prelude {
    /// Settings for a transaction that is not begun explicitly; empty when none is needed.
    static func settings(workspaces: [UUID], access: TransactionAccess, timeout: Duration?) -> [Statement] {
        var parts: [Statement] = []
        if !workspaces.isEmpty { parts.append(set("app.workspaces", list(workspaces))) }
        if access == .readOnly { parts.append(set("transaction_read_only", "on")) }
        if let timeout {
            // Zero would mean no limit.
            parts.append(set("statement_timeout", String(min(max(timeout.milliseconds, 1), UInt64(Int32.max)))))
        }
        guard let first = parts.first else { return [] }
        return [parts.dropFirst().reduce("SELECT \(first)") { "\($0), \($1)" }]
    }

    private static func set(_ name: String, _ value: String) -> Statement {
        "set_config('\(unsafe: name)', \(value), true)"
    }

    static func begin(
        workspaces: [UUID], access: TransactionAccess, isolation: IsolationLevel
    ) -> [Statement] {
        let mode = access == .readOnly ? "READ ONLY" : "READ WRITE"
        let begin = Statement(unsafe: "BEGIN ISOLATION LEVEL \(isolation.rawValue) \(mode)")
        return workspaces.isEmpty ? [begin] : [begin, setWorkspaces(list(workspaces))]
    }

    private static func setWorkspaces(_ list: String) -> Statement {
        "SELECT \(set("app.workspaces", list))"
    }

    private static func list(_ workspaces: [UUID]) -> String {
        workspaces.lazy.map(\.uuidString).joined(separator: ",")
    }
}
