import CZeroMQ
import Glibc
import Synchronization

/// Wakes a polling thread, with a system call only when that thread sleeps or is about to.
///
/// The thread arms it, looks once more whether there is work, and only then sleeps; so a signal is never lost.
final class Wake: Sendable {
    let descriptor: Int32
    private let isArmed = Atomic<Bool>(false)

    init() {
        descriptor = czmq_eventfd()
        precondition(descriptor >= 0, "no eventfd: \(errno)")
    }

    deinit { close(descriptor) }

    func arm() { isArmed.store(true, ordering: .sequentiallyConsistent) }

    func disarm() { isArmed.store(false, ordering: .sequentiallyConsistent) }

    func signal() {
        guard isArmed.exchange(false, ordering: .sequentiallyConsistent) else { return }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    func drain() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
