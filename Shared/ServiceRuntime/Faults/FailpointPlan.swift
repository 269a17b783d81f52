/// What `FAILPOINT` asks for: a named place, what to do there, at which hit.
struct FailpointPlan: Sendable, Equatable {
    enum Action: Sendable, Equatable {
        /// SIGKILL to this process.
        case kill
        /// SIGSTOP to this process; it goes on after SIGCONT.
        case stop
        /// Milliseconds, zero or more.
        case sleep(milliseconds: Int)
        /// Throws `FailpointError`.
        case error
        /// Ends the process at once with this code, 0…255.
        case exit(code: Int32)
    }

    let name: String
    let action: Action
    /// Fires at this hit only; the first is 1.
    let nth: Int
    /// Fires only if it can create this file, so that a restarted process does not fire again.
    let onceFile: String?

    static let grammar =
        "<name>:<action>@<nth>:once=<file>, several separated by ;, the action one of kill, stop, sleep=<ms>, error, "
        + "exit=<code>, @<nth> and once= optional"

    /// The plans in a text such as `calls.before-commit:kill@3:once=/tmp/fired;bus.sent:sleep=50`.
    /// - Throws: `StartFailure` when the text has another form.
    static func plans(in text: String) throws -> [FailpointPlan] {
        try text.split(separator: ";").map { trimmed($0) }.filter { !$0.isEmpty }.map { part in
            guard let plan = FailpointPlan(part) else {
                throw StartFailure("FAILPOINT has \(JSONText.quoted(part)); allowed is \(grammar).", exitCode: 78)
            }
            return plan
        }
    }

    private init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, !parts[0].isEmpty else { return nil }
        if parts.count == 3 {
            guard parts[2].hasPrefix("once="), parts[2].count > 5 else { return nil }
            onceFile = String(parts[2].dropFirst(5))
        } else {
            onceFile = nil
        }
        let step = parts[1].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let nth = step.count == 2 ? Int(step[1]) : 1, nth >= 1 else { return nil }
        guard let action = Self.action(String(step[0])) else { return nil }
        self.name = String(parts[0])
        self.nth = nth
        self.action = action
    }

    private static func action(_ text: String) -> Action? {
        let words = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        switch (words[0], words.count == 2 ? Int(words[1]) : nil) {
        case ("kill", nil) where words.count == 1: return .kill
        case ("stop", nil) where words.count == 1: return .stop
        case ("error", nil) where words.count == 1: return .error
        case ("sleep", let milliseconds?) where (0...3_600_000).contains(milliseconds):
            return .sleep(milliseconds: milliseconds)
        case ("exit", let code?) where (0...255).contains(code): return .exit(code: Int32(code))
        default: return nil
        }
    }
}
