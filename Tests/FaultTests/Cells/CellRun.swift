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
    /// Entries of live feeds that somebody who watched was shown.
    var shown = 0
}

/// Runs one cell on a stack: calm, traffic, fault, traffic, calm, checks.
struct CellRun {
    let cell: FaultCell
    let stack: Stack
    /// How long statistics and copies may take to arrive.
    var patience = Duration.seconds(60)
    var mix: Traffic.Mix
    /// Until the first success after the victim is there again.
    var recoveryLimit = Duration.seconds(5)

    init(_ cell: FaultCell, on stack: Stack) {
        self.cell = cell
        self.stack = stack
        mix = cell.mix
    }

    /// Who works on the stack.
    private struct Cast {
        var tenants: [Tenant] = []
        /// Whose calls are followed from their begin to their end.
        var life: Tenant
        /// Whose agents hold conversations.
        var talkers: [Tenant] = []
        /// Of whom talks and one of whom calls: to show every call as it is logged costs what logging it does.
        var watchers: [FeedWatcher] = []
        /// Of the others, who look at all of it afterwards.
        var lateWatchers: [FeedWatcher] = []
    }

    func run() async throws -> CellResult {
        var result = CellResult(cell: cell)
        var injection = Injection(cell, on: stack)
        let cast = try await cast()
        try await injection.prepare()
        for watcher in cast.watchers { watcher.start() }
        defer { for watcher in cast.watchers + cast.lateWatchers { watcher.stop() } }

        let number = UInt16.random(in: 0 ... .max)
        let history = try History(path: "\(stack.folder)/logs/history-\(cell.seed)-\(number).jsonl")
        defer { history.close() }
        let traffic = Traffic(
            asker: Asker(history: history, prefix: "c\(cell.seed)"), tenants: cast.tenants, life: cast.life,
            talkers: cast.talkers, seed: cell.seed, mix: mix)
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
        for watcher in cast.lateWatchers { watcher.start() }
        try await injection.restore()

        let ledger = Ledger(try History.lines(of: history.path))
        prove(injected, ledger, history, &result)
        gauge.check(&result.findings)
        try await check(ledger, cast, &result)
        try await LifeCheck(ledger: ledger, tenant: cast.life, stack: stack).run(&result.findings)
        await ProcessLevels(of: stack).check(against: before, &result.findings)
        if result.findings.violations.isEmpty { try? FileManager.default.removeItem(atPath: history.path) }
        if result.findings.checkedCount == 0 { result.findings.add(.provesNothing, "no answer was checked") }
        return result
    }

    private func cast() async throws -> Cast {
        let stack = stack
        async let life = Tenant.registered(3, on: stack, clients: 0)
        async let tenants = Self.atOnce(0..<3) { try await Tenant.registered($0, on: stack, clients: 2) }
        async let talkers = Self.atOnce(4..<(mix == .callsAlone ? 4 : 6)) { try await Tenant.talking($0, on: stack) }
        var cast = Cast(tenants: try await tenants, life: try await life, talkers: try await talkers)
        guard mix != .callsAlone else { return cast }
        let watched = cast.talkers + [cast.life, cast.tenants[0]]
        cast.watchers = try watched.map { try FeedWatcher($0, on: stack) }
        cast.lateWatchers = try cast.tenants.dropFirst().map { try FeedWatcher($0, on: stack) }
        return cast
    }

    private static func atOnce(
        _ numbers: Range<Int>, _ make: @escaping @Sendable (Int) async throws -> Tenant
    ) async throws -> [Tenant] {
        try await withThrowingTaskGroup(of: Tenant.self) { group in
            for number in numbers { group.addTask { try await make(number) } }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.number < $1.number }
        }
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
        case "agents": [.createClient, .updateClient, .addDocument, .makeAgent, .setUpAgent, .deployAgent]
        case "analytics": [.dashboard]
        default: mix == .talkAlone ? [.message] : [.call]
        }
    }

    private func check(_ ledger: Ledger, _ cast: Cast, _ result: inout CellResult) async throws {
        let tenants = cast.tenants
        let claims = ledger.callClaims()
        AnswerCheck(ledger: ledger).run(&result.findings)
        LiveDashboardCheck(ledger: ledger).run(&result.findings)
        let rows = try await StoredCall.all(of: tenants, on: stack)
        CallCheck(claims: claims, rows: rows, tenants: tenants).run(&result.findings)
        try await ClientCheck(ledger: ledger, tenants: tenants, stack: stack).run(&result.findings)
        let statistics = StatisticsCheck(
            claims: claims, rows: rows, tenants: tenants, stack: stack, patience: patience)
        result.statisticsLag = try await statistics.run(&result.findings)
        try await checkTalks(ledger, cast.talkers, &result.findings)
        try await EventCheck(stack: stack, tenants: tenants, rows: rows, patience: patience).run(&result.findings)
        let watchers = cast.watchers + cast.lateWatchers
        result.shown = try await FeedCheck(watchers: watchers, stack: stack, patience: patience).run(&result.findings)
        try await ListCheck(rows: rows, tenants: tenants).run(&result.findings)
        try await AccessCheck(ledger: ledger, tenants: tenants).run(&result.findings)
        let verify = try await stack.run("analytics", "verify", mayFail: true, within: .seconds(120))
        let isClean = verify.code == 0 && verify.output.contains("0 differences")
        result.findings.require(
            isClean, .statisticsDiffer, "analytics verify: \(verify.output.suffix(600))")
    }

    private func checkTalks(_ ledger: Ledger, _ talkers: [Tenant], _ findings: inout Findings) async throws {
        guard !talkers.isEmpty else { return }
        let talks = try await StoredTalk.all(of: talkers, on: stack)
        ConversationCheck(ledger: ledger, talks: talks, tenants: talkers).run(&findings)
        try await TalkStatisticsCheck(
            ledger: ledger, talks: talks, tenants: talkers, stack: stack, patience: patience
        ).run(&findings)
        try await AgentWorkCheck(ledger: ledger, tenants: talkers, stack: stack, patience: patience).run(&findings)
    }
}
