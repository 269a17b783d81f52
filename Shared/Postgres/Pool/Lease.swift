/// A connection that one user keeps over several steps, while its thread waits for the next one.
final class Lease: @unchecked Sendable {
    /// Returns what is to be called when its result may be known.
    private typealias Step = @Sendable (Connection) -> @Sendable () -> Void

    private let lock = Lock()
    private let changed = Condition()
    private var steps: [Step] = []
    private var isEnded = false

    /// The thread's side: runs steps until the lease ends.
    /// - Returns: what is to be called when the connection is free again.
    func serve(_ connection: Connection) -> @Sendable () -> Void {
        while true {
            let (step, isLast) = next()
            guard let step else { return {} }
            let completion = step(connection)
            if isLast { return completion }
            completion()
        }
    }

    private func next() -> (step: Step?, isLast: Bool) {
        lock.withLock {
            while steps.isEmpty, !isEnded { changed.wait(lock) }
            let step = steps.isEmpty ? nil : steps.removeFirst()
            return (step, isEnded && steps.isEmpty)
        }
    }

    /// Runs a step on the thread. A cancelled task interrupts the statement that runs in it.
    /// - Parameter isLast: the lease ends with it, and it returns when others may have the connection.
    func perform<Result: Sendable>(
        isLast: Bool = false,
        _ body: @escaping @Sendable (Connection, Interruption) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let interruption = Interruption()
        let answer = Answer<Result>()
        return try await interruptible {
            interruption.request()
        } wait: { () throws(DatabaseError) in
            try await answer.wait {
                let isAccepted = accept(isLast: isLast) { connection in
                    let outcome = Swift.Result { () throws(DatabaseError) in try body(connection, interruption) }
                    return { answer.give(outcome) }
                }
                if !isAccepted { answer.give(.failure(DatabaseError(.other, "The transaction has ended already."))) }
            }
        }
    }

    private func accept(isLast: Bool, _ step: @escaping Step) -> Bool {
        lock.withLock {
            guard !isEnded else { return false }
            steps.append(step)
            isEnded = isLast
            changed.signal()
            return true
        }
    }

    /// Steps that were accepted still run; later ones are refused.
    func end() {
        lock.withLock {
            isEnded = true
            changed.signal()
        }
    }
}
