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

    var isRequested: Bool { lock.withLock { requested } }

    func request() {
        lock.withLock {
            requested = true
            wakeUp?.signal()
        }
    }

    /// From now on a request wakes the owner of the connection.
    func attach(_ wakeUp: WakeUp) {
        lock.withLock { self.wakeUp = wakeUp }
    }

    func detach() {
        lock.withLock { wakeUp = nil }
    }
}
