import Bus
import Synchronization

/// Keeps questions from a server that keeps failing, and learns from each one how the server is.
final class ProviderBreaker: Sendable {
    private let breaker = Mutex(CircuitBreaker())

    var isOpen: Bool { breaker.withLock { $0.isOpen } }

    /// - Parameter hadTime: false for a question with less time than the server may take; that it was too slow for that
    ///   one says nothing of it.
    /// - Throws: `ProviderFailure.resting`, and what `work` throws.
    func guarding<Result: Sendable>(
        hadTime: Bool = true, _ work: () async throws -> Result
    ) async throws -> Result {
        guard breaker.withLock({ $0.admit(1, at: monotonicNanoseconds()) }) == 1 else { throw ProviderFailure.resting }
        do {
            let result = try await work()
            breaker.withLock { $0.noteSuccess() }
            return result
        } catch {
            note(ProviderFailure.of(error), hadTime: hadTime)
            throw error
        }
    }

    private func note(_ failure: ProviderFailure, hadTime: Bool) {
        let now = monotonicNanoseconds()
        breaker.withLock { breaker in
            switch failure {
            case .busy, .cancelled, .resting: breaker.giveBack(at: now)
            case .tooSlow where !hadTime: breaker.giveBack(at: now)
            default:
                if failure.isServerFailing { breaker.noteFailure(at: now) } else { breaker.noteSuccess() }
            }
        }
    }
}

extension ProviderFailure {
    /// What an error within a question means.
    static func of(_ error: any Error) -> ProviderFailure {
        switch error {
        case let refusal as ProviderRefusal: refusal.failure
        case let failure as ProviderFailure: failure
        case is Seats.Full: .busy
        default: .cancelled
        }
    }
}

extension Seats {
    /// Sits and works until the watch ends it. Waiting for a seat is nobody's silence: it ends as `busy`.
    /// - Throws: `ProviderFailure`, `ProviderRefusal`, `CancellationError`, and what `work` throws.
    func sit<Result: Sendable>(
        under watch: SilenceWatch, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let isSeated = Atomic<Bool>(false)
        do {
            return try await watch.guarding {
                try await self.sit {
                    isSeated.store(true, ordering: .relaxed)
                    watch.noteLife()
                    return try await work()
                }
            }
        } catch is Full {
            throw ProviderFailure.busy
        } catch ProviderFailure.tooSlow where !isSeated.load(ordering: .relaxed) {
            throw ProviderFailure.busy
        }
    }
}
