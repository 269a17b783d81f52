import Synchronization

/// So many may sit at a time; some more wait in their order, and leave the queue when they are cancelled.
final class Seats: Sendable {
    /// Too many wait already.
    struct Full: Error {}

    private struct State {
        var free: Int
        var nextID = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        /// Cancelled before they began to wait.
        var cancelled: Set<Int> = []
    }

    private let mostWaiting: Int
    private let state: Mutex<State>

    init(count: Int, mostWaiting: Int) {
        self.mostWaiting = mostWaiting
        state = Mutex(State(free: count))
    }

    var waiting: Int { state.withLock { $0.waiting.count } }

    /// - Throws: `Full`, `CancellationError`, and what `body` throws.
    func sit<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await take()
        defer { leave() }
        return try await body()
    }

    private func take() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        // Cancelled when it had its seat already: nobody looks for the mark any more.
        defer { state.withLock { _ = $0.cancelled.remove(id) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let verdict = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    guard state.waiting.count < mostWaiting else { return .failure(Full()) }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let verdict { continuation.resume(with: verdict) }
            }
        } onCancel: {
            let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiting.remove(at: index).continuation
            }
            waiting?.resume(throwing: CancellationError())
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
