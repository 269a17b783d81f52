import Bus
import Contracts
import EventLog

/// Statistics in memory, for unit tests: the same rules without a database.
actor MemoryStatisticsRepository: StatisticsRepository {
    private(set) var rollup = Rollup()
    private var clients: [WorkspaceID: Int] = [:]
    private var positions: [String: [Int]] = [:]

    func positions(in owner: String) -> [Int] {
        positions[owner] ?? [Int](repeating: 0, count: EventPartition.count)
    }

    func apply(
        _ change: StatisticsChange, of batch: [EventRecord], owner: String, from expected: [Int]
    ) throws {
        let current = positions(in: owner)
        guard batch.allSatisfy({ current[$0.partition] == expected[$0.partition] }) else { throw EventPositionsMoved() }
        add(change)
        positions[owner] = current.advanced(past: batch)
    }

    /// Adds to what is kept, outside of any event.
    func add(_ change: StatisticsChange) {
        rollup.add(change.rollup)
        for (workspaceID, gain) in change.clients { clients[workspaceID, default: 0] += gain }
    }

    func totals(of subject: RollupSubject, in days: DayRange?, withLatencies: Bool) -> KeptTotals {
        var totals = KeptTotals(
            measures: rollup.measures[MeasuresKey(subject: subject, day: .allTime)] ?? Measures(),
            clients: clients[subject.workspaceID] ?? 0)
        if let days {
            totals.measures = self.days(of: subject, from: days.from, through: days.through)
                .reduce(into: Measures()) { $0 += $1.measures }
        }
        guard withLatencies else { return totals }
        for component in LatencyComponent.allCases {
            let rows = rollup.latencies.filter { $0.key.subject == subject && $0.key.component == component }
            totals.latencies[component] = LatencyDistribution(
                rows.map { LatencyDistribution.Count(bucket: $0.key.bucket, count: $0.value) })
        }
        return totals
    }

    func totals(of subjects: [RollupSubject], in days: DayRange?) -> [RollupSubject: KeptTotals] {
        var found: [RollupSubject: KeptTotals] = [:]
        for subject in subjects {
            var totals = totals(of: subject, in: days, withLatencies: true)
            totals.clients = 0
            if !totals.measures.isZero { found[subject] = totals }
        }
        return found
    }

    func topPhrases(of subject: RollupSubject, in days: DayRange?, limit: Int) -> [TopPhrases.Phrase] {
        var counts: [String: Int] = [:]
        for (key, count) in rollup.phrases where key.subject == subject {
            let isIn = days.map { $0.from <= key.day && key.day <= $0.through } ?? (key.day == .allTime)
            if isIn { counts[key.phrase, default: 0] += count }
        }
        let phrases = counts.filter { $0.value > 0 }.map { TopPhrases.Phrase(text: $0.key, count: $0.value) }
        return Array(phrases.sorted { ($1.count, $0.text) < ($0.count, $1.text) }.prefix(limit))
    }

    func days(
        of subject: RollupSubject, from first: CalendarDay, through last: CalendarDay
    ) -> [DailyTotals.Day] {
        rollup.measures
            .filter { $0.key.subject == subject && first <= $0.key.day && $0.key.day <= last && $0.value[.calls] != 0 }
            .map { DailyTotals.Day(day: $0.key.day, measures: $0.value) }
            .sorted { $0.day < $1.day }
    }

    func hours(of subject: RollupSubject, in range: HourRange) -> [HourlyTotals.Hour] {
        rollup.hours
            .filter { $0.key.subject == subject && range.hours.contains($0.key.hour) && $0.value[.calls] != 0 }
            .map { HourlyTotals.Hour(hour: $0.key.hour, measures: $0.value) }
            .sorted { $0.hour < $1.hour }
    }

    func kept(of workspaceID: WorkspaceID) -> KeptRollup {
        var kept = KeptRollup(position: position(of: workspaceID, in: CallsEvents.name))
        for (key, measures) in rollup.measures where key.subject.workspaceID == workspaceID {
            kept.rollup.add(measures, to: key)
        }
        for (key, measures) in rollup.hours where key.subject.workspaceID == workspaceID {
            kept.rollup.add(measures, to: key)
        }
        for (key, count) in rollup.latencies where key.subject.workspaceID == workspaceID {
            kept.rollup.add(count, to: key)
        }
        for (key, count) in rollup.phrases where key.subject.workspaceID == workspaceID {
            kept.rollup.add(count, to: key)
        }
        return kept
    }

    func keptClients(of workspaceID: WorkspaceID) -> KeptClients {
        KeptClients(count: clients[workspaceID] ?? 0, position: position(of: workspaceID, in: AgentsEvents.name))
    }

    private func position(of workspaceID: WorkspaceID, in owner: String) -> Int {
        positions(in: owner)[EventPartition.of(workspaceID.uuid)]
    }

    func workspaces() -> Set<WorkspaceID> {
        Set(rollup.measures.keys.map(\.subject.workspaceID))
            .union(rollup.latencies.keys.map(\.subject.workspaceID)).union(clients.keys)
    }
}
