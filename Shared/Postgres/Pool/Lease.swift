/// A connection that one user keeps over several steps, while its thread waits for the next one.
final class Lease: @unchecked Sendable {
    /// Returns what is to be called when its result may be known.
    private typealias Step = @Sendable (Connection) -> @Sendable () -> Void

    private let lock = Lock()
    private let changed = Condition()
    private var steps: [Step] = []
    /// Of the steps that have not ended.
    private var interruptions: [Interruption] = []
    /// Why no further step is accepted; nil while some are.
    private var refusal: DatabaseError?
    private var isEnded: Bool { refusal != nil }

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
                let refusal = accept(interruption, isLast: isLast) { connection in
                    let outcome = Swift.Result { () throws(DatabaseError) in try body(connection, interruption) }
                    self.forget(interruption)
                    return { answer.give(outcome) }
                }
                if let refusal { answer.give(.failure(refusal)) }
            }
        }
    }

    private func accept(_ interruption: Interruption, isLast: Bool, _ step: @escaping Step) -> DatabaseError? {
        lock.withLock {
            if let refusal { return refusal }
            steps.append(step)
            interruptions.append(interruption)
            if isLast { refusal = Self.hasEnded }
            changed.signal()
            return nil
        }
    }

    private func forget(_ interruption: Interruption) {
        lock.withLock { interruptions.removeAll { $0 === interruption } }
    }

    private static var hasEnded: DatabaseError { DatabaseError(.other, "The transaction has ended already.") }

    /// Steps that were accepted still run; later ones are refused.
    func end() {
        end(with: Self.hasEnded)
    }

    /// Like `end()`, and the steps that were accepted are interrupted.
    func interrupt() {
        end(with: DatabaseError(.cancelled, "The transaction was interrupted."))
        for interruption in lock.withLock({ interruptions }) { interruption.request() }
    }

    private func end(with refusal: DatabaseError) {
        lock.withLock {
            self.refusal = self.refusal ?? refusal
            changed.signal()
        }
    }
}
