import Logging
import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ends the process in good order when the one that started it is gone, so that a killed supervisor leaves none behind.
struct ParentWatch: Sendable {
    let parent: pid_t
    /// True when `parent` is this process's own parent, whose end the system shows as a new one.
    private let isDirect: Bool

    init(parent: pid_t) {
        self.parent = parent
        isDirect = getppid() == parent
    }

    /// False once the parent has ended. For one that is not this process's own parent, a process that has ended
    /// but was not yet reaped still counts.
    var isAlive: Bool {
        if isDirect { return getppid() == parent }
        return kill(parent, 0) == 0 || errno == EPERM
    }

    /// Looks every second; sends this process SIGTERM, once, when the parent is gone.
    /// - Throws: `StartFailure` when it is gone already.
    func start(on eventLoop: any EventLoop, logger: Logger) throws {
        guard isAlive else { throw StartFailure("The parent process \(parent) is gone already.") }
        eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { task in
            guard !isAlive else { return }
            task.cancel()
            logger.warning("The parent process is gone; stopping.", metadata: ["parent": .stringConvertible(parent)])
            kill(getpid(), SIGTERM)
        }
    }
}
