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
            kept.rollup.add(between.change.rollup)
        } else {
            recomputed.add(between.change.rollup)
        }
        let (mine, other) = (kept.rollup.withoutZeros, recomputed.withoutZeros)
        return Finding(
            workspaceID: workspaceID, rowCount: mine.countOfRows(with: other) + 1,
            differences: mine.differences(from: other) + (try await clientCountDifferences(workspaceID)))
    }

    /// The count of active clients. The agents service does not say at which event it counted: the comparison holds
    /// when no event of the workspace came while it did.
    private func clientCountDifferences(_ workspaceID: WorkspaceID) async throws -> [Difference] {
        for _ in 1...50 {
            let kept = try await statistics.keptClients(of: workspaceID)
            let before = try await change(of: AgentsEvents.self, after: kept.position, upTo: nil, in: workspaceID)
            let counted = try await asking.ask(
                ListClients(limit: 1), as: .service("analytics", workspaceID: workspaceID.uuid), within: 30_000
            ).total
            let after = try await change(of: AgentsEvents.self, after: before.position, upTo: nil, in: workspaceID)
            guard after.count == 0 else { continue }
            let expected = kept.count + (before.change.clients[workspaceID] ?? 0)
            guard expected != counted else { return [] }
            let subject = RollupSubject(.workspace, in: workspaceID)
            return [Difference(subject: subject, name: "clients", kept: expected, recomputed: counted)]
        }
        throw Fault(.unavailable, "The clients of workspace \(workspaceID) change too often to be counted")
    }

    /// What a stretch of an owner's log means for a workspace.
    private struct Stretch {
        var change = StatisticsChange()
        /// Events of the workspace.
        var count = 0
        /// The number of the last event of the partition.
        var position: Int
    }

    /// The workspace's events after one number of its partition up to another, or up to the newest one.
    private func change<Owner: EventOwner>(
        of owner: Owner.Type, after lower: Int, upTo upper: Int?, in workspaceID: WorkspaceID
    ) async throws -> Stretch {
        var stretch = Stretch(position: lower)
        while stretch.position < upper ?? .max {
            let events = try await events(of: owner, after: stretch.position, in: workspaceID)
            guard let first = events.first, let last = events.last else {
                guard let upper else { return stretch }
                throw MalformedMessage("events \(stretch.position + 1) to \(upper) of \(Owner.name) are missing")
            }
            guard first.number == stretch.position + 1 else {
                throw MalformedMessage("event \(stretch.position + 1) of \(Owner.name) is missing")
            }
            for event in events where event.number <= upper ?? .max && event.workspaceID == workspaceID.uuid {
                try stretch.change.add(event)
                stretch.count += 1
            }
            stretch.position = last.number
        }
        return stretch
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
}
