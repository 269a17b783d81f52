import Glibc

/// Calls once after a time, on a thread of its own, unless cancelled. For rare use.
final class Timer: Sendable {
    private let wake = Wake()
    private let isCancelled = Locked(false)

    init(milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
        BusThread.start("bus-timer") { [self] in
            var poller = Poller(wake: wake)
            poller.poll(timeoutMS: Int32(clamping: max(1, milliseconds))) { !isCancelled.withLock { $0 } }
            if !isCancelled.withLock({ $0 }) { body() }
        }
    }

    func cancel() {
        isCancelled.withLock { $0 = true }
        wake.signal()
    }
}
