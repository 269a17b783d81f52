import Postgres
import TestSupport

/// How much each process holds.
struct ProcessLevels: Sendable {
    private struct Level: Sendable {
        let pid: Int32
        let threads: Int
        let descriptors: Int
    }

    private var levels: [String: Level] = [:]

    init(of stack: Stack) async {
        for process in stack.processes {
            guard let pid = await process.pid, let threads = ProcessTable.threads(of: pid),
                let descriptors = ProcessTable.descriptors(of: pid)
            else { continue }
            levels[process.name] = Level(pid: pid, threads: threads, descriptors: descriptors)
        }
    }

    /// What a survivor may hold beyond the level under load before: the connections that its two pools open on demand
    /// and close after a minute, each with a thread of its own.
    private static let slack = 2 * DatabaseConfiguration(url: "").extraConnections
    /// What a process holds once it works. One that had only just been started anew held less before.
    private static let working = (threads: 12, descriptors: 40)

    /// - Parameter before: under load, before the fault.
    func check(against before: ProcessLevels, _ findings: inout Findings) {
        for (name, level) in levels {
            guard let old = before.levels[name], old.pid == level.pid else { continue }
            let threads = max(old.threads, Self.working.threads) + Self.slack
            let descriptors = max(old.descriptors, Self.working.descriptors) + 2 * Self.slack
            findings.require(
                level.threads <= threads && level.descriptors <= descriptors, .leak,
                "\(name) had \(old.threads) threads and \(old.descriptors) descriptors, now \(level.threads) and "
                    + "\(level.descriptors)")
        }
    }
}
