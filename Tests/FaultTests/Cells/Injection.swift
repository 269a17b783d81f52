import Foundation
import TestSupport

/// What a fault did, as far as it can be seen from outside.
struct Injected: Sendable {
    /// When the fault struck: its signal was sent, its failpoint fired. What was in flight then is what it hurt.
    let at: ContinuousClock.Instant
    /// From when on it was there again.
    let revivedAt: ContinuousClock.Instant
    /// Nil when it happened as it was meant to.
    let complaint: String?
}

/// Brings one fault about in a running stack, and the victim back.
struct Injection {
    let cell: FaultCell
    let stack: Stack
    private var generator: SeededGenerator
    private var livesBefore = 0

    init(_ cell: FaultCell, on stack: Stack) {
        self.cell = cell
        self.stack = stack
        generator = SeededGenerator(seed: cell.seed)
    }

    /// Arms failpoints, in calm.
    mutating func prepare() async throws {
        let hit = Int.random(in: cell.hits, using: &generator)
        switch cell.place {
        case .anytime: break
        case .failpoint(let name):
            try await stack.restart(cell.victim, failpoint: "\(name):kill@\(hit)")
        case .whileHeld(let process, let name):
            try await stack.restart(process, failpoint: "\(name):sleep=1500@\(hit)")
        }
        if stack.processes.contains(where: { $0.name == cell.victim }) {
            livesBefore = await stack[cell.victim].ends.count
        }
    }

    /// Waits for the moment, does it, and waits until the victim is ready again.
    mutating func run() async throws -> Injected {
        switch cell.place {
        case .anytime: try await Task.sleep(for: .milliseconds(Int.random(in: 500...1500, using: &generator)))
        case .failpoint: break
        case .whileHeld(let process, let name):
            guard await eventually({ await stack[process].hasFired }) else { return failed("\(name) never fired") }
            try await Task.sleep(for: .milliseconds(100))
        }
        switch cell.action {
        case .kill where cell.victim == "postgres":
            let isKilled = try await stack.killPostgres()
            return try await startPostgres(isKilled ? nil : "the postmaster ended otherwise")
        case .kill: return try await killed()
        case .pause(let time) where cell.victim == "postgres": return try await pausedPostgres(for: time)
        case .pause(let time): return try await paused(for: time)
        case .stopImmediately:
            try await stack.stopPostgresImmediately()
            return try await startPostgres(nil)
        case .restartInTurn: return try await restartInTurn()
        case .leave(let time): return try await left(for: time)
        case .terminateSessions:
            let at = ContinuousClock.now
            let count = try await stack.terminateSessions()
            return Injected(at: at, revivedAt: .now, complaint: count > 0 ? nil : "there was no session")
        case .cutCommits: return try await cutCommits()
        case .endDuringCommits(let time): return try await endedDuringCommits(for: time)
        }
    }

    /// Takes failpoints away again, so that the next cell begins clean.
    func restore() async throws {
        switch cell.place {
        case .anytime: break
        case .failpoint: await stack[cell.victim].disarm()
        case .whileHeld(let process, _): await stack[process].disarm()
        }
    }

    private func failed(_ complaint: String) -> Injected {
        Injected(at: .now, revivedAt: .now, complaint: complaint)
    }

    private func killed() async throws -> Injected {
        let process = stack[cell.victim]
        let at: ContinuousClock.Instant
        if case .failpoint(let name) = cell.place {
            guard await hasEnded(process) else { return failed("\(name) never fired") }
            guard let firedAt = await process.firedAt else {
                return failed("\(cell.victim) ended elsewhere than at \(name)")
            }
            at = firedAt
        } else {
            at = .now
            await process.send(SIGKILL)
            guard await hasEnded(process) else { return failed("it lives") }
        }
        guard let end = await process.ends.last else { return failed("it lives") }
        guard await eventually({ await process.pid != nil }) else { return failed("it was not started again") }
        let revivedAt = await process.child?.startedAt ?? .now
        try await process.awaitReady()
        let complaint = end.cause == .killed(signal: SIGKILL) ? nil : "it ended otherwise: \(end.cause)"
        return Injected(at: at, revivedAt: revivedAt, complaint: complaint)
    }

    private func hasEnded(_ process: StackProcess) async -> Bool {
        let livesBefore = livesBefore
        return await eventually { await process.ends.count > livesBefore }
    }

    private func paused(for time: Duration) async throws -> Injected {
        let process = stack[cell.victim]
        await process.send(SIGSTOP)
        let isStopped = await eventually { await process.child?.isPaused ?? false }
        let at = ContinuousClock.now
        try await Task.sleep(for: time)
        await process.send(SIGCONT)
        return Injected(at: at, revivedAt: .now, complaint: isStopped ? nil : "it did not stop")
    }

    private func pausedPostgres(for time: Duration) async throws -> Injected {
        stack.pausePostgres()
        let at = ContinuousClock.now
        let pid = stack.postgres.processID
        let isStopped = await eventually { pid.flatMap { ProcessTable.state(of: $0) } == "T" }
        try await Task.sleep(for: time)
        stack.resumePostgres()
        return Injected(at: at, revivedAt: .now, complaint: isStopped ? nil : "it did not stop")
    }

    private func startPostgres(_ complaint: String?) async throws -> Injected {
        let at = ContinuousClock.now
        try await Task.sleep(for: .milliseconds(300))
        try await stack.startPostgres()
        return Injected(at: at, revivedAt: .now, complaint: complaint)
    }

    /// Each process is asked to stop and started again, one after the other, as an update does it.
    private func restartInTurn() async throws -> Injected {
        let at = ContinuousClock.now
        var complaint: String?
        for process in stack.processes {
            let end = await process.stop()
            if end?.cause != .exited(code: 0) { complaint = "\(process.name) did not stop in good order" }
            try await process.start()
            try await process.awaitReady()
        }
        return Injected(at: at, revivedAt: .now, complaint: complaint)
    }

    /// It stops in good order, and what it works on piles up meanwhile.
    private func left(for time: Duration) async throws -> Injected {
        let process = stack[cell.victim]
        let at = ContinuousClock.now
        let end = await process.stop()
        try await Task.sleep(for: time)
        try await process.start()
        let revivedAt = ContinuousClock.now
        try await process.awaitReady()
        return Injected(
            at: at, revivedAt: revivedAt,
            complaint: end?.cause == .exited(code: 0) ? nil : "it did not stop in good order")
    }

    /// A standby that does not exist is waited for after the commit: whoever waits has committed and was not told.
    private func cutCommits() async throws -> Injected {
        try await stack.setting("synchronous_standby_names", to: "nobody")
        var cut = 0
        let deadline = ContinuousClock.now + .seconds(5)
        while cut < 3, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(200))
            cut += try await stack.terminateSessions(waitingFor: "SyncRep")
        }
        let at = ContinuousClock.now
        try await stack.setting("synchronous_standby_names", to: "")
        return Injected(at: at, revivedAt: .now, complaint: cut > 0 ? nil : "no commit was cut")
    }

    /// The same, but PostgreSQL itself is gone, for longer than any request is willing to wait.
    private func endedDuringCommits(for time: Duration) async throws -> Injected {
        try await stack.setting("synchronous_standby_names", to: "nobody")
        let hasWaiters = await eventually { (try? await stack.sessions(waitingFor: "SyncRep")) ?? 0 > 0 }
        try await Task.sleep(for: .milliseconds(200))
        let at = ContinuousClock.now
        try await stack.stopPostgresImmediately()
        try stack.forgetSettings()
        try await Task.sleep(for: time)
        try await stack.startPostgres()
        return Injected(at: at, revivedAt: .now, complaint: hasWaiters ? nil : "no commit was cut")
    }

    private func eventually(_ condition: () async -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(25)
        while ContinuousClock.now < deadline {
            if await condition() { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}
