import CPostgres
import Foundation

/// An operating-system thread for work that blocks, so that the cooperative threads stay free.
package final class DedicatedThread: @unchecked Sendable {
    private let lock = Lock()
    private var hasEnded = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    private init() {}

    /// Starts a thread at once. Signals are blocked in it, its stack has 512 KiB.
    /// - Parameter name: shown by the system's tools, which keep 15 bytes of it.
    /// - Throws: `.unavailable` when the system has no thread left.
    @discardableResult
    package static func start(
        name: String, _ body: @escaping @Sendable () -> Void
    ) throws(DatabaseError) -> DedicatedThread {
        let thread = DedicatedThread()
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body, thread: thread))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 512 * 1024)
        defer { pthread_attr_destroy(&attributes) }
        var identifier = pthread_t()
        let failure = pthread_create(&identifier, &attributes, runThread, start.toOpaque())
        guard failure == 0 else {
            start.release()
            throw .unavailable("The system cannot start another thread (error \(failure)).")
        }
        return thread
    }

    /// Returns when the thread's body has returned. Several tasks may wait.
    package func join() async {
        await withCheckedContinuation { continuation in
            let isOver = lock.withLock {
                if !hasEnded { waiters.append(continuation) }
                return hasEnded
            }
            if isOver { continuation.resume() }
        }
    }

    fileprivate func end() {
        let waiters = lock.withLock {
            hasEnded = true
            defer { self.waiters = [] }
            return self.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void
    let thread: DedicatedThread

    init(name: String, body: @escaping @Sendable () -> Void, thread: DedicatedThread) {
        self.name = name
        self.body = body
        self.thread = thread
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    cpostgres_name_thread(start.name)
    start.body()
    start.thread.end()
    return nil
}
