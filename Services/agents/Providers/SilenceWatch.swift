import Bus
import Synchronization

/// Ends work that is not done by its deadline, or that gives no sign of life for too long.
final class SilenceWatch: Sendable {
    private let deadline: Deadline
    private let silenceMS: Int
    private let silentUntil: Mutex<Deadline>

    init(deadline: Deadline, silenceMS: Int) {
        self.deadline = deadline
        self.silenceMS = silenceMS
        silentUntil = Mutex(min(deadline, .after(milliseconds: silenceMS)))
    }

    func noteLife() {
        let next = min(deadline, .after(milliseconds: silenceMS))
        silentUntil.withLock { $0 = next }
    }

    /// - Throws: `ProviderFailure.tooSlow`, `CancellationError`, and what `work` throws.
    func guarding<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await self.expire()
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else { throw ProviderFailure.tooSlow }
            return result
        }
    }

    private func expire() async throws {
        while true {
            let left = silentUntil.withLock { $0 }.remainingMS
            guard left > 0 else { return }
            try await Task.sleep(for: .milliseconds(left))
        }
    }
}
