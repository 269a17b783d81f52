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
    private static let batchLimit = 4096

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

    /// Both sides are brought to the same event before they are compared, so that traffic does not matter.
    func check(_ workspaceID: WorkspaceID) async throws -> Finding {
        var kept = try await statistics.kept(of: workspaceID)
        let answer = try await asking.ask(
            RecomputeStatistics(), as: .service("analytics", workspaceID: workspaceID.uuid), within: 120_000)
        var recomputed = Rollup()
        for sum in answer.sums { recomputed.add(Contribution(of: sum, in: workspaceID)) }
        for count in answer.latencies { recomputed.add(Contribution(of: count, in: workspaceID)) }

        let lower = min(kept.position, answer.position)
        let upper = max(kept.position, answer.position)
        let between = try await change(of: CallsEvents.self, after: lower, upTo: upper, in: workspaceID)
        if kept.position < answer.position {
            kept.rollup.add(between.rollup)
        } else {
            recomputed.add(between.rollup)
        }
        let (mine, other) = (kept.rollup.withoutZeros, recomputed.withoutZeros)
        return Finding(
            workspaceID: workspaceID, rowCount: mine.countOfRows(with: other) + 1,
            differences: mine.differences(from: other) + (try await clientCountDifferences(workspaceID)))
    }

    /// The sum of a workspace's events after one number of its partition up to another.
    private func change<Owner: EventOwner>(
        of owner: Owner.Type, after lower: Int, upTo upper: Int, in workspaceID: WorkspaceID
    ) async throws -> StatisticsChange {
        var change = StatisticsChange()
        var position = lower
        while position < upper {
            let events = try await events(of: owner, after: position, in: workspaceID)
            guard events.first?.number == position + 1, let last = events.last else {
                throw MalformedMessage("event \(position + 1) of \(Owner.name) is missing")
            }
            for event in events where event.number <= upper && event.workspaceID == workspaceID.uuid {
                try change.add(event)
            }
            position = last.number
        }
        return change
    }

    /// The next events of the workspace's partition, at most `batchLimit`.
    private func events<Owner: EventOwner>(
        of owner: Owner.Type, after number: Int, in workspaceID: WorkspaceID
    ) async throws -> [EventRecord] {
        var positions = [Int](repeating: .max, count: EventPartition.count)
        positions[EventPartition.of(workspaceID.uuid)] = number
        return try await asking.ask(
            EventsAfter<Owner>(positions: positions, limit: Self.batchLimit), as: .service("analytics"), within: 30_000
        ).events
    }

    /// The count of active clients. The agents service does not say at which event it counted: the comparison holds
    /// when no event of the workspace came between what is kept and the moment after it has counted.
    private func clientCountDifferences(_ workspaceID: WorkspaceID) async throws -> [Difference] {
        for _ in 1...20 {
            let kept = try await statistics.keptClients(of: workspaceID)
            let counted = try await asking.ask(
                ListClients(limit: 1), as: .service("analytics", workspaceID: workspaceID.uuid), within: 30_000
            ).total
            let news = try await events(of: AgentsEvents.self, after: kept.position, in: workspaceID)
            guard news.count < Self.batchLimit, !news.contains(where: { $0.workspaceID == workspaceID.uuid }) else {
                try await Task.sleep(for: .milliseconds(250))
                continue
            }
            guard kept.count != counted else { return [] }
            let subject = RollupSubject(.workspace, in: workspaceID)
            return [Difference(subject: subject, name: "clients", kept: kept.count, recomputed: counted)]
        }
        throw Fault(.unavailable, "The clients of workspace \(workspaceID) changed all the time")
    }
}
