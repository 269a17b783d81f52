import TestSupport
import Testing

/// Processes killed, stopped and cut off under a stream of requests; afterwards everything that was answered must hold.
@Suite(.serialized, .faultRun) struct FaultTests {
    @Test(.timeLimit(.minutes(5)), arguments: FaultMatrix.cells)
    func `what was answered is there once and counted once`(_ cell: FaultCell) async throws {
        for attempt in 1...3 {
            let findings: Findings
            do {
                let result = try await CellRun(cell, on: try await FaultRun.shared.stack()).run()
                FaultRun.shared.note(result)
                findings = result.findings
            } catch {
                Issue.record(error, "\(cell.name)")
                return try await FaultRun.shared.discardStack(keepingLogs: true)
            }
            guard !findings.violations.isEmpty else { return }
            // What is broken now must not be blamed on the next fault.
            try await FaultRun.shared.discardStack(keepingLogs: true)
            guard attempt < 3, findings.kinds.allSatisfy(\.mayBeOfTheMoment) else {
                Issue.record("\(cell.name):\n\(findings.description)")
                return
            }
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: PlantedCase.chosen)
    func `a planted bug is caught`(_ planted: PlantedCase) async throws {
        var findings = Findings()
        // A bug may be lucky once: the fault hits when nothing of it is under way.
        for attempt in 1...3 {
            let result = try await run(planted, attempt: attempt)
            findings = result.findings
            let isCaught = result.hasFired && !findings.kinds.isDisjoint(with: planted.signs)
            FaultRun.shared.note(plantedBug: planted.bug, isCaught: isCaught)
            if isCaught { return }
        }
        Issue.record("\(planted.bug) was not noticed: \(findings.description)")
    }

    private func run(_ planted: PlantedCase, attempt: Int) async throws -> CellResult {
        var options = Stack.Options()
        options.serviceEnvironment = [planted.service: ["PLANTED_BUG": planted.bug]]
        return try await Stack.with(options) { stack in
            let log = try String(contentsOfFile: stack[planted.service].log, encoding: .utf8)
            #expect(log.contains("planted bugs"), "\(planted.service) was built without planted bugs")
            var run = CellRun(planted.cell(attempt: attempt), on: stack)
            run.mix = planted.mix
            run.patience = .seconds(8)
            return try await run.run()
        }
    }
}
