import Bus
import Contracts

/// Compares what the statistics keep of a workspace with what its calls add up to.
struct StatisticsCheck: Sendable {
    /// What was found in one workspace.
    struct Finding: Sendable, Equatable {
        var workspaceID: WorkspaceID
        /// Compared rows.
        var rowCount: Int
        var differences: [Difference]
    }

    let statistics: any StatisticsRepository
    let asking: any Asking
    /// Kept rows to one part of a recompute, whose answer must keep within a message.
    var rowsPerPart = 50_000

    init(of statistics: any StatisticsRepository, asking: any Asking) {
        self.statistics = statistics
        self.asking = asking
    }

    /// Every workspace that has calls or of which anything is kept, by partition, then by id.
    func workspaces() async throws -> [WorkspaceID] {
        var found = try await statistics.workspaces()
        var last: WorkspaceID?
        while true {
            let page = try await asking.ask(
                ListCallWorkspaces(after: last, limit: 1000), as: .service("analytics"), within: 30_000
            ).ids
            guard let end = page.last else { break }
            found.formUnion(page)
            last = end
        }
        return found.sorted {
            (EventPartition.of($0.uuid), $0.uuid) < (EventPartition.of($1.uuid), $1.uuid)
        }
    }

    /// All sides are brought to the same event before they are compared, so that traffic does not matter.
    func check(_ workspaceID: WorkspaceID) async throws -> Finding {
        var kept = try await statistics.kept(of: workspaceID)
        let partCount = min(kept.rollup.rowCount / rowsPerPart + 1, 256)
        var recomputed = Rollup()
        var positions: [Int] = []
        for part in 0..<partCount {
            positions.append(try await recompute(workspaceID, part: part, of: partCount, into: &recomputed))
        }
        let ends = positions + [kept.position]
        let log = WorkspaceLog(of: CallsEvents.self, workspaceID: workspaceID, asking: asking)
        try await log.read(after: ends.min() ?? 0, upTo: ends.max() ?? 0) { event in
            guard let change = try event.event(CallChanged.self) else { return }
            if event.number > kept.position { kept.rollup.apply(change, in: workspaceID) }
            recomputed.apply(change, in: workspaceID) { facts in
                event.number > positions[RecomputeStatistics.part(of: facts.clientID, partCount: partCount)]
            }
        }
        let (mine, other) = (kept.rollup.withoutZeros, recomputed.withoutZeros)
        return Finding(
            workspaceID: workspaceID, rowCount: mine.countOfRows(with: other) + 1,
            differences: mine.differences(from: other) + (try await clientCountDifferences(workspaceID)))
    }

    /// Adds what a part of the calls adds up to.
    /// - Returns: the last event that is in it.
    private func recompute(
        _ workspaceID: WorkspaceID, part: Int, of partCount: Int, into rollup: inout Rollup
    ) async throws -> Int {
        let answer = try await asking.ask(
            RecomputeStatistics(part: part, partCount: partCount),
            as: .service("analytics", workspaceID: workspaceID.uuid), within: 120_000)
        for sum in answer.sums { rollup.add(Contribution(of: sum, in: workspaceID)) }
        for count in answer.latencies { rollup.add(Contribution(of: count, in: workspaceID)) }
        for count in answer.phrases { rollup.add(Contribution(of: count, in: workspaceID)) }
        return answer.position
    }

    /// The count of active clients. The agents service does not say at which event it counted: the comparison holds
    /// when no event of the workspace came while it did.
    private func clientCountDifferences(_ workspaceID: WorkspaceID) async throws -> [Difference] {
        let log = WorkspaceLog(of: AgentsEvents.self, workspaceID: workspaceID, asking: asking)
        for _ in 1...50 {
            let kept = try await statistics.keptClients(of: workspaceID)
            var change = StatisticsChange()
            let position = try await log.read(after: kept.position) { try change.add($0) }
            let counted = try await asking.ask(
                ListClients(limit: 1), as: .service("analytics", workspaceID: workspaceID.uuid), within: 30_000
            ).total
            var newCount = 0
            try await log.read(after: position) { _ in newCount += 1 }
            guard newCount == 0 else { continue }
            let expected = kept.count + (change.clients[workspaceID] ?? 0)
            guard expected != counted else { return [] }
            let subject = RollupSubject(.workspace, in: workspaceID)
            return [Difference(subject: subject, name: "clients", kept: expected, recomputed: counted)]
        }
        throw Fault(.unavailable, "The clients of workspace \(workspaceID) change too often to be counted")
    }
}
