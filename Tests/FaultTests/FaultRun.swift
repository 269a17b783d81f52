import NIOConcurrencyHelpers
import TestSupport
import Testing

/// What all tests of this suite share: the stack that cells are run on, and the table at the end.
final class FaultRun: Sendable {
    static let shared = FaultRun()

    private struct State {
        var stack: Task<Stack, any Error>?
        var results: [CellResult] = []
        var caught: [String: Bool] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// The stack of the cell before, or a new one.
    func stack() async throws -> Stack {
        try await state.withLockedValue { state in
            let task =
                state.stack
                ?? Task {
                    var options = Stack.Options()
                    options.callsProcesses = 2
                    return try await Stack.start(options)
                }
            state.stack = task
            return task
        }.value
    }

    func note(_ result: CellResult) {
        state.withLockedValue { $0.results.append(result) }
    }

    func note(plantedBug: String, isCaught: Bool) {
        state.withLockedValue { $0.caught[plantedBug] = isCaught }
    }

    /// Ends the stack; the next cell gets a new one.
    /// - Parameter keepingLogs: of a cell that has failed.
    func discardStack(keepingLogs: Bool) async throws {
        let task = state.withLockedValue { state in
            defer { state.stack = nil }
            return state.stack
        }
        guard let stack = try? await task?.value else { return }
        if keepingLogs { stack.keepLogs() }
        try await stack.stop()
    }

    /// Prints the table and complains about a column that says that nothing was proved.
    func conclude() {
        let (results, caught) = state.withLockedValue { ($0.results, $0.caught) }
        print(Self.table(results, caught))
        let fired = results.count { $0.hasFired }
        let checked = results.reduce(0) { $0 + $1.findings.checkedCount }
        let caughtCount = caught.values.count { $0 }
        print("injections fired: \(fired), answers checked: \(checked), planted bugs caught: \(caughtCount)")
        guard FaultMatrix.filter.isEmpty else { return }
        #expect(fired > 0, "no injection fired")
        #expect(checked > 0, "no answer was checked")
        #expect(caughtCount > 0, "no planted bug was caught")
    }

    private static func table(_ results: [CellResult], _ caught: [String: Bool]) -> String {
        var lines = ["", "Fault tests with FAULT_SEED=\(FaultMatrix.seed), \(FaultMatrix.rounds) round(s)"]
        lines.append(row("cell", "fired", "in flight", "answered", "checked", "shown", "recovery", "lag", "violations"))
        for result in results {
            lines.append(
                row(
                    result.cell.name, result.hasFired ? "yes" : "NO", "\(result.inFlight)", "\(result.answered)",
                    "\(result.findings.checkedCount)", "\(result.shown)", milliseconds(result.recovery),
                    milliseconds(result.statisticsLag), "\(result.findings.violations.count)"))
            lines += result.findings.violations.map { "  \($0)" }
        }
        for (bug, isCaught) in caught.sorted(by: { $0.key < $1.key }) {
            lines.append("planted bug \(bug): \(isCaught ? "caught" : "NOT CAUGHT")")
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ name: String, _ columns: String...) -> String {
        let padded = name + String(repeating: " ", count: max(1, 62 - name.count))
        return padded + columns.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
    }

    private static func milliseconds(_ duration: Duration?) -> String {
        guard let (seconds, attoseconds) = duration?.components else { return "-" }
        return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms"
    }
}

/// Ends the shared stack and prints the table when the last test of the suite is over.
struct FaultRunTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        print("Fault tests: FAULT_SEED=\(FaultMatrix.seed) repeats the choices of this run.")
        try await function()
        FaultRun.shared.conclude()
        try await FaultRun.shared.discardStack(keepingLogs: false)
    }
}

extension Trait where Self == FaultRunTrait {
    static var faultRun: Self { FaultRunTrait() }
}
