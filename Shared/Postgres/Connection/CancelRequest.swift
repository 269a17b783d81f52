import CPostgres

/// Asks PostgreSQL, over a connection of its own, to stop what a session does.
///
/// `PQcancel` blocks without a deadline, so each runs on a short-lived thread; a hung server holds at most 32.
final class CancelRequest: @unchecked Sendable {
    private static let limit = 32
    private static let lock = Lock()
    nonisolated(unsafe) private static var running = 0

    private let lock = Lock()
    private let finished = Condition()
    private var isFinished = false

    /// Nil when too many hang already or the system refuses: then only giving the connection up helps.
    static func send(to connection: OpaquePointer) -> CancelRequest? {
        let isAdmitted = Self.lock.withLock {
            guard running < limit else { return false }
            running += 1
            return true
        }
        guard isAdmitted else { return nil }
        let request = CancelRequest()
        guard let handle = PQgetCancel(connection) else {
            request.finish()
            return nil
        }
        let address = UInt(bitPattern: handle)
        do {
            try DedicatedThread.start(name: "pg-cancel") {
                let handle = OpaquePointer(bitPattern: address)
                withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { error in
                    _ = PQcancel(handle, error.baseAddress, 256)
                }
                PQfreeCancel(handle)
                request.finish()
            }
        } catch {
            PQfreeCancel(handle)
            request.finish()
            return nil
        }
        return request
    }

    private func finish() {
        Self.lock.withLock { Self.running -= 1 }
        lock.withLock {
            isFinished = true
            finished.broadcast()
        }
    }

    /// Once true, the signal has reached the session: it can hit no later statement.
    func wait(until deadline: Deadline) -> Bool {
        lock.withLock {
            while !isFinished, !deadline.hasPassed { finished.wait(lock, until: deadline) }
            return isFinished
        }
    }
}
