import Foundation

/// What the system knows of running processes.
package enum ProcessTable {
    /// Processes that were started with this variable in their environment. Ended ones that nobody reaped don't count.
    package static func pids(withVariable name: String, value: String) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let wanted = Array("\(name)=\(value)".utf8)
        return entries.compactMap { pid_t($0) }.filter { pid in
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else { return false }
            return bytes.split(separator: 0).contains { Array($0) == wanted }
        }
    }

    /// Processes that this one has started and that are still there.
    package static func children(of parent: pid_t) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { status(of: $0).dropFirst().first == "\(parent)" }
    }

    /// The letter of a process's state, such as R, S, T (stopped), Z (ended, not reaped); nil when it is gone.
    package static func state(of pid: pid_t) -> Character? { status(of: pid).first?.first }

    /// From the state on, what `/proc/<pid>/stat` says; empty when the process is gone.
    private static func status(of pid: pid_t) -> [Substring] {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return [] }
        return stat[end...].split(separator: " ").dropFirst().map { $0 }
    }

    /// Threads of a process; nil when it is gone.
    package static func threads(of pid: pid_t) -> Int? {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task"))?.count
    }

    /// Open file descriptors of a process; nil when it is gone.
    package static func descriptors(of pid: pid_t) -> Int? {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count
    }

    /// Memory of a process that is resident, in KiB; nil when it is gone.
    package static func residentKiB(of pid: pid_t) -> Int? {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }?
            .split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
}
