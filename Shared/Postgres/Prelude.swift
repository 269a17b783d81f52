import Foundation

/// What is sent ahead of a transaction's own statements.
enum Prelude {
    /// Settings for a transaction that is not begun explicitly.
    static func settings(workspaces: [UUID], access: TransactionAccess) -> [Statement] {
        let list = list(workspaces)
        switch (workspaces.isEmpty, access) {
        case (true, .readWrite): return []
        case (false, .readWrite): return [setWorkspaces(list)]
        case (true, .readOnly): return ["SELECT set_config('transaction_read_only', 'on', true)"]
        case (false, .readOnly):
            return [
                """
                SELECT set_config('app.workspaces', \(list), true), set_config('transaction_read_only', 'on', true)
                """
            ]
        }
    }

    static func begin(
        workspaces: [UUID], access: TransactionAccess, isolation: IsolationLevel
    ) -> [Statement] {
        let mode = access == .readOnly ? "READ ONLY" : "READ WRITE"
        let begin = Statement(unsafe: "BEGIN ISOLATION LEVEL \(isolation.rawValue) \(mode)")
        return workspaces.isEmpty ? [begin] : [begin, setWorkspaces(list(workspaces))]
    }

    private static func setWorkspaces(_ list: String) -> Statement {
        "SELECT set_config('app.workspaces', \(list), true)"
    }

    private static func list(_ workspaces: [UUID]) -> String {
        workspaces.lazy.map(\.uuidString).joined(separator: ",")
    }
}
