import Foundation
import TestSupport

/// What a cell has shown.
struct CellResult: Sendable {
    let cell: FaultCell
    var findings = Findings()
    /// The fault happened where it was meant to.
    var hasFired = false
    /// Requests that were under way at that moment.
    var inFlight = 0
    var answered = 0
    /// From the victim's return to the first success of what needs it.
    var recovery: Duration?
    /// Until the statistics had everything, after the last answer.
    var statisticsLag: Duration?
}

/// Runs one cell on a stack: calm, traffic, fault, traffic, calm, checks.
struct CellRun {
    let cell: FaultCell
    let stack: Stack
    /// How long statistics and copies may take to arrive.
    var patience = Duration.seconds(60)
    var mix = Traffic.Mix.everything
    /// Until the first success after the victim is there again.
    var recoveryLimit = Duration.seconds(5)

    func run() async throws -> CellResult {
        var result = CellResult(cell: cell)
        var injection = Injection(cell, on: stack)
        let tenants = try await tenants()
        let life = try await Tenant.registered(tenants.count, on: stack, clients: 0)
        try await injection.prepare()

        let number = UInt16.random(in: 0 ... .max)
        let history = try History(path: "\(stack.folder)/logs/history-\(cell.seed)-\(number).jsonl")
        defer { history.close() }
        let traffic = Traffic(
            asker: Asker(history: history, prefix: "c\(cell.seed)"), tenants: tenants, life: life, seed: cell.seed,
            mix: mix)
        try await Task.sleep(for: .milliseconds(700))
        let before = await ProcessLevels(of: stack)
        let gauge = EndpointGauge(cell, stack)
        let injected: Injected
        do {
            async let watched: Void = gauge.watch()
            injected = try await injection.run()
            await watched
            try await stack.awaitReady()
            try await Task.sleep(for: .milliseconds(1500))
        } catch {
            await traffic.finish(within: .zero)
            throw error
        }
        await traffic.finish()
        try await injection.restore()

        let ledger = Ledger(try History.lines(of: history.path))
        prove(injected, ledger, history, &result)
        gauge.check(&result.findings)
        try await check(ledger, tenants, &result)
        try await LifeCheck(ledger: ledger, tenant: life, stack: stack).run(&result.findings)
        await ProcessLevels(of: stack).check(against: before, &result.findings)
        if result.findings.violations.isEmpty { try? FileManager.default.removeItem(atPath: history.path) }
        if result.findings.checkedCount == 0 { result.findings.add(.provesNothing, "no answer was checked") }
        return result
    }

    private func tenants() async throws -> [Tenant] {
        var tenants: [Tenant] = []
        for number in 0..<3 { tenants.append(try await Tenant.registered(number, on: stack, clients: 2)) }
        return tenants
    }

    /// A cell whose fault did not happen, or hurt nobody, has failed.
    private func prove(_ injected: Injected, _ ledger: Ledger, _ history: History, _ result: inout CellResult) {
        result.hasFired = injected.complaint == nil
        if let complaint = injected.complaint { result.findings.add(.provesNothing, complaint) }
        result.inFlight = ledger.inFlight(at: history.nanoseconds(at: injected.at) - 1_000_000)
        result.findings.require(result.inFlight > 0, .provesNothing, "nothing was in flight")
        result.answered = ledger.answeredCount
        result.recovery = ledger.firstSuccess(of: needy, after: history.nanoseconds(at: injected.revivedAt))
        let isInTime = result.recovery.map { $0 <= recoveryLimit } ?? false
        result.findings.require(
            isInTime, .slowRecovery, "the first success came \(result.recovery.map { "after \($0)" } ?? "never")")
    }

    /// What cannot succeed without the victim.
    private var needy: Set<OperationKind> {
        switch cell.victim {
        case "auth": [.logIn, .createKey]
        case "agents": [.createClient, .updateClient]
        case "analytics": [.dashboard]
        case "postgres", "stack": [.call]
        default: [.call]
        }
    }

    private func check(_ ledger: Ledger, _ tenants: [Tenant], _ result: inout CellResult) async throws {
        let claims = ledger.callClaims()
        AnswerCheck(ledger: ledger).run(&result.findings)
        LiveDashboardCheck(ledger: ledger).run(&result.findings)
        let rows = try await StoredCall.all(of: tenants, on: stack)
        CallCheck(claims: claims, rows: rows, tenants: tenants).run(&result.findings)
        try await ClientCheck(ledger: ledger, tenants: tenants, stack: stack).run(&result.findings)
        let statistics = StatisticsCheck(
            claims: claims, rows: rows, tenants: tenants, stack: stack, patience: patience)
        result.statisticsLag = try await statistics.run(&result.findings)
        try await EventCheck(stack: stack, tenants: tenants, rows: rows, patience: patience).run(&result.findings)
        try await ListCheck(rows: rows, tenants: tenants).run(&result.findings)
        try await AccessCheck(ledger: ledger, tenants: tenants).run(&result.findings)
        let verify = try await stack.run("analytics", "verify", mayFail: true, within: .seconds(120))
        let isClean = verify.code == 0 && verify.output.contains("0 differences")
        result.findings.require(
            isClean, .statisticsDiffer, "analytics verify: \(verify.output.suffix(600))")
    }
}
