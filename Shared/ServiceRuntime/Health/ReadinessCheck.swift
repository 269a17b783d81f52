import NIOConcurrencyHelpers

/// One registered check. Whoever asks while it runs shares that run, so that a check that hangs is never piled up.
final class ReadinessCheck: Sendable {
    let name: String
    private let deadline: Duration
    private let ask: @Sendable () async -> Readiness
    private let state = NIOLockedValueBox(State())

    private struct State {
        /// When the run under way began; nil when there is none.
        var startedAt: ContinuousClock.Instant?
        var lastTicket = 0
        var waiters: [Int: CheckedContinuation<Readiness, Never>] = [:]
    }

    init(name: String, deadline: Duration, ask: @escaping @Sendable () async -> Readiness) {
        self.name = name
        self.deadline = deadline
        self.ask = ask
    }

    /// The result of the run under way or of a new one; "no answer …" at the deadline.
    func result() async -> Readiness {
        await withCheckedContinuation { continuation in
            let (ticket, starts) = state.withLockedValue { state in
                state.lastTicket += 1
                state.waiters[state.lastTicket] = continuation
                let starts = state.startedAt == nil
                if starts { state.startedAt = .now }
                return (state.lastTicket, starts)
            }
            if starts {
                Task { finish(with: await ask()) }
            }
            Task {
                try? await Task.sleep(for: deadline)
                giveUp(ticket)
            }
        }
    }

    private func finish(with result: Readiness) {
        let waiters = state.withLockedValue { state in
            defer { (state.waiters, state.startedAt) = ([:], nil) }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume(returning: result) }
    }

    private func giveUp(_ ticket: Int) {
        let (waiter, startedAt) = state.withLockedValue { ($0.waiters.removeValue(forKey: ticket), $0.startedAt) }
        guard let waiter else { return }
        let waited = startedAt.map { ContinuousClock.now - $0 } ?? deadline
        waiter.resume(returning: .notReady("no answer for \(waited.wholeMilliseconds) ms"))
    }
}
