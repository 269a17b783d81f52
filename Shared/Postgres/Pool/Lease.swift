/// A connection that one user keeps over several steps, while its thread waits for the next one.
final class Lease: @unchecked Sendable {
    private let lock = Lock()
    private let changed = Condition()
    private var steps: [@Sendable (Connection) -> Void] = []
    private var isEnded = false

    /// The thread's side: runs steps until the lease ends.
    func serve(_ connection: Connection) {
        while let step = next() { step(connection) }
    }

    private func next() -> (@Sendable (Connection) -> Void)? {
        lock.withLock {
            while steps.isEmpty, !isEnded { changed.wait(lock) }
            return steps.isEmpty ? nil : steps.removeFirst()
        }
    }

    /// Runs a step on the thread. A cancelled task interrupts the statement that runs in it.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable (Connection, Interruption) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let interruption = Interruption()
        let outcome: Swift.Result<Result, DatabaseError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAccepted = lock.withLock {
                    guard !isEnded else { return false }
                    steps.append { connection in
                        continuation.resume(
                            returning: Swift.Result { () throws(DatabaseError) in
                                try body(connection, interruption)
                            })
                    }
                    changed.signal()
                    return true
                }
                guard !isAccepted else { return }
                continuation.resume(returning: .failure(DatabaseError(.other, "The transaction has ended already.")))
            }
        } onCancel: {
            interruption.request()
        }
        return try outcome.get()
    }

    /// Steps that were accepted still run; later ones are refused.
    func end() {
        lock.withLock {
            isEnded = true
            changed.signal()
        }
    }
}
