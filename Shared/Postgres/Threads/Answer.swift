/// What a task waits for and a thread of the layer provides.
///
/// The value passes through a lock rather than through the continuation, since only that order is seen by the thread
/// sanitizer.
final class Answer<Value: Sendable>: @unchecked Sendable {
    private let lock = Lock()
    private var value: Result<Value, DatabaseError>?
    private var continuation: CheckedContinuation<Void, Never>?

    /// Starts the work and waits until it has called `give`.
    func wait(_ start: () -> Void) async throws(DatabaseError) -> Value {
        await withCheckedContinuation { continuation in
            lock.withLock { self.continuation = continuation }
            start()
        }
        let value = lock.withLock { self.value }
        guard let value else { throw DatabaseError(.other, "The work ended without a result.") }
        return try value.get()
    }

    /// Call once.
    func give(_ value: Result<Value, DatabaseError>) {
        let continuation = lock.withLock {
            self.value = value
            return self.continuation
        }
        continuation?.resume()
    }
}
