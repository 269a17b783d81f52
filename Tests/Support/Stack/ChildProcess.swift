import Foundation
import Postgres

/// A process that a test started. It is killed by the kernel when the test process ends, however that ends.
package final class ChildProcess: @unchecked Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// How a process ended, and when.
    package struct End: Sendable {
        package enum Cause: Sendable, Equatable {
            case exited(code: Int32)
            case killed(signal: Int32)
        }

        package let cause: Cause
        package let instant: ContinuousClock.Instant
    }

    package let pid: pid_t
    package let startedAt = ContinuousClock.now
    private let lock = NSLock()
    private var end: End?
    private var waiters: [CheckedContinuation<End, Never>] = []

    private init(pid: pid_t) {
        self.pid = pid
    }

    /// Starts a program with exactly this environment; what it prints is appended to the file `log`.
    /// - Parameter arguments: the program's absolute path first.
    package static func start(
        _ arguments: [String], environment: [String: String], log: String
    ) async throws -> ChildProcess {
        try await withCheckedThrowingContinuation { continuation in
            do {
                // The kernel's signal comes when the thread that started a process ends: this one waits for the process.
                try DedicatedThread.start(name: "test-child") {
                    do {
                        let child = ChildProcess(pid: try spawn(guarded(arguments), environment: environment, log: log))
                        continuation.resume(returning: child)
                        child.waitForEnd()
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// How it ended; nil while it runs or is stopped.
    package var ended: End? { lock.withLock { end } }

    package var isRunning: Bool { ended == nil }

    /// Sends a signal; does nothing once the process has ended.
    package func send(_ signal: Int32) {
        lock.withLock { if end == nil { kill(pid, signal) } }
    }

    /// Waits for the end.
    package func awaitEnd() async -> End {
        await withCheckedContinuation { continuation in
            let known = lock.withLock {
                if end == nil { waiters.append(continuation) }
                return end
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Waits for the end at most this long; nil when it still runs then.
    package func awaitEnd(within patience: Duration) async -> End? {
        let deadline = ContinuousClock.now + patience
        while isRunning, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(10)) }
        return ended
    }

    /// True while the process is stopped by SIGSTOP.
    package var isPaused: Bool { ProcessTable.state(of: pid) == "T" }

    /// Reaps only after the end is noted, so that no signal can go to another process with the same id.
    private func waitForEnd() {
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let instant = ContinuousClock.now
        var status: Int32 = 0
        let (end, waiters) = lock.withLock {
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            let cause = signal == 0 ? End.Cause.exited(code: (status >> 8) & 0xff) : .killed(signal: signal)
            let end = End(cause: cause, instant: instant)
            self.end = end
            defer { self.waiters = [] }
            return (end, self.waiters)
        }
        for waiter in waiters { waiter.resume(returning: end) }
    }

    private static func guarded(_ arguments: [String]) -> [String] {
        let setpriv = "/usr/bin/setpriv"
        guard FileManager.default.isExecutableFile(atPath: setpriv) else { return arguments }
        return [setpriv, "--pdeathsig", "KILL"] + arguments
    }

    private static func spawn(_ arguments: [String], environment: [String: String], log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for descriptor in 3..<descriptorLimit() { posix_spawn_file_actions_addclose(&actions, descriptor) }

        // This thread blocks every signal, the process must not; and Ctrl-C is for the test process alone.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var pid: pid_t = 0
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawn(&pid, arguments[0]!, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            let reason = String(cString: strerror(code))
            throw Failure(description: "\(arguments.joined(separator: " ")) cannot be started: \(reason)")
        }
        return pid
    }

    /// Above every descriptor that is open now, or will be soon.
    private static func descriptorLimit() -> Int32 {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return (open.compactMap { Int32($0) }.max() ?? 256) + 64
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
