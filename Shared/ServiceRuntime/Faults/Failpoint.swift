import NIOConcurrencyHelpers
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Thrown at a failpoint whose action is `error`.
package struct FailpointError: Error, Equatable, CustomStringConvertible {
    /// The failpoint's name.
    package let name: String
    package var description: String { "failpoint \(name)" }
}

/// Named places at which a fault test stops, slows or ends the process; nothing happens at them unless
/// `ALLOW_FAILPOINTS=true`.
package enum Failpoint {
    private static let armed = Atomic<Bool>(false)
    private static let plans = NIOLockedValueBox(ArmedPlans())

    /// Does what `FAILPOINT` asks for here; blocks the thread for a sleep.
    /// - Throws: `FailpointError` when that is the action.
    @inline(__always)
    package static func hit(_ name: String) throws(FailpointError) {
        guard armed.load(ordering: .relaxed) else { return }
        if let milliseconds = try fire(name) { blockThread(milliseconds: milliseconds) }
    }

    /// Does what `FAILPOINT` asks for here; suspends the task for a sleep.
    /// - Throws: `FailpointError` when that is the action.
    @inline(__always)
    package static func hit(_ name: String) async throws(FailpointError) {
        guard armed.load(ordering: .relaxed) else { return }
        if let milliseconds = try fire(name) { try? await Task.sleep(for: .milliseconds(milliseconds)) }
    }

    /// True when `arm` was called.
    package static var isArmed: Bool { armed.load(ordering: .relaxed) }

    /// Arms the failpoints of a text in the form of `FAILPOINT`.
    /// - Throws: `StartFailure` when it has another form.
    package static func arm(_ text: String) throws {
        let parsed = try FailpointPlan.plans(in: text)
        plans.withLockedValue { $0 = ArmedPlans(plans: parsed) }
        armed.store(true, ordering: .relaxed)
    }

    /// For tests: nothing happens at any failpoint any more.
    static func disarm() {
        armed.store(false, ordering: .relaxed)
        plans.withLockedValue { $0 = ArmedPlans() }
    }

    /// - Returns: milliseconds to sleep, if any.
    private static func fire(_ name: String) throws(FailpointError) -> Int? {
        let due = plans.withLockedValue { $0.hit(name) }
        var sleep: Int?
        for plan in due {
            if let file = plan.onceFile, !FiringRecord.create(file, name: name) { continue }
            switch plan.action {
            case .kill: endByKill()
            case .stop: kill(getpid(), SIGSTOP)
            case .exit(let code): _exit(code)
            case .error: throw FailpointError(name: name)
            case .sleep(let milliseconds): sleep = milliseconds
            }
        }
        return sleep
    }

    private static func endByKill() -> Never {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }

    private static func blockThread(milliseconds: Int) {
        var wanted = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        var left = timespec()
        while nanosleep(&wanted, &left) < 0, errno == EINTR { wanted = left }
    }
}

/// The plans and how often each place was hit.
private struct ArmedPlans {
    var plans: [FailpointPlan] = []
    var hits: [String: Int] = [:]

    /// Counts a hit and gives the plans that are due at it.
    mutating func hit(_ name: String) -> [FailpointPlan] {
        guard plans.contains(where: { $0.name == name }) else { return [] }
        let count = hits[name, default: 0] + 1
        hits[name] = count
        return plans.filter { $0.name == name && $0.nth == count }
    }
}

/// The file that shows that a failpoint fired, and keeps it from firing again.
enum FiringRecord {
    /// Creates the file with the failpoint's name, the time (UTC) and the process id, and makes it durable.
    /// - Returns: false when it exists already or cannot be made.
    static func create(_ path: String, name: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let time = LogTimestamp.now()
        var line = Array("\(name) ".utf8)
        time.append(to: &line)
        line.append(contentsOf: " pid=\(getpid())\n".utf8)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        fsync(descriptor)
        syncFolder(of: path)
        return true
    }

    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
