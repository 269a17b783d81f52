import CPostgres
import Foundation

/// Ends another thread's wait in poll(2).
final class WakeUp: @unchecked Sendable {
    /// Negative when the process has no descriptor left; poll(2) then ignores it and only deadlines end the wait.
    let descriptor = cpostgres_eventfd()

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func signal() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    func drain() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}

/// The wish that a statement stop, made by one thread and obeyed by the one that owns the connection.
final class Interruption: @unchecked Sendable {
    private let lock = Lock()
    private var requested = false
    private var wakeUp: WakeUp?
    private var handler: (@Sendable () -> Void)?

    var isRequested: Bool { lock.withLock { requested } }

    func request() {
        let handler = lock.withLock {
            requested = true
            wakeUp?.signal()
            return self.handler
        }
        handler?()
    }

    /// From now on a request also calls the handler, at once when it was made already.
    func onRequest(_ handler: @escaping @Sendable () -> Void) {
        let isLate = lock.withLock {
            self.handler = handler
            return requested
        }
        if isLate { handler() }
    }

    /// From now on a request wakes the owner of the connection.
    func attach(_ wakeUp: WakeUp) {
        lock.withLock { self.wakeUp = wakeUp }
    }

    func detach() {
        lock.withLock { wakeUp = nil }
    }
}
