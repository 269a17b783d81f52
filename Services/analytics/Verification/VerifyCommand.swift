import Bus
import Contracts
import Foundation

/// `analytics verify`: checks every workspace once and says what it found.
struct VerifyCommand: Sendable {
    let check: StatisticsCheck
    var report: @Sendable (String) -> Void = { line in
        print(line)
        fflush(nil)
    }

    /// A line for each difference and each partition, and a last one for everything.
    /// - Returns: the exit code: 0 without a difference, else 1.
    func run() async throws -> Int32 {
        try await awaitPeers()
        let workspaces = Dictionary(grouping: try await check.workspaces()) { EventPartition.of($0.uuid) }
        var (rowCount, differenceCount) = (0, 0)
        for (partition, ids) in workspaces.sorted(by: { $0.key < $1.key }) {
            var (rows, differences) = (0, 0)
            for id in ids {
                let finding = try await check.check(id)
                for difference in finding.differences { report("difference: \(difference)") }
                rows += finding.rowCount
                differences += finding.differences.count
            }
            report("partition \(partition): \(ids.count) workspaces, \(rows) rows, \(differences) differences")
            rowCount += rows
            differenceCount += differences
        }
        let count = workspaces.values.reduce(0) { $0 + $1.count }
        report("verify: \(count) workspaces, \(rowCount) rows, \(differenceCount) differences")
        return differenceCount == 0 ? 0 : 1
    }

    /// The bus has only just begun to look for them.
    private func awaitPeers() async throws {
        let patience = Deadline.after(milliseconds: 15_000)
        while true {
            do {
                let caller = Caller.service("analytics")
                _ = try await check.asking.ask(Ping<CallsEvents>(), as: caller, within: 2000)
                _ = try await check.asking.ask(Ping<AgentsEvents>(), as: caller, within: 2000)
                return
            } catch let fault as Fault {
                guard !patience.hasPassed else { throw fault }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
