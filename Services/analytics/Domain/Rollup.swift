import Contracts

/// Statistics, or what is added to them; a row that is missing is the same as one of zeros.
struct Rollup: Sendable, Equatable {
    private(set) var measures: [MeasuresKey: Measures] = [:]
    private(set) var latencies: [LatencyKey: Int] = [:]
    private(set) var phrases: [PhraseKey: Int] = [:]
    private(set) var hours: [HourKey: Measures] = [:]

    var rowCount: Int { measures.count + latencies.count + phrases.count + hours.count }

    mutating func add(_ contribution: Contribution) {
        for subject in contribution.subjects {
            if !contribution.measures.isZero {
                add(contribution.measures, to: MeasuresKey(subject: subject, day: .allTime))
                add(contribution.measures, to: MeasuresKey(subject: subject, day: contribution.day))
                if let hour = contribution.hour, subject.hasHours {
                    add(contribution.measures, to: HourKey(subject: subject, hour: hour))
                }
            }
            for latency in contribution.latencies {
                add(
                    latency.count,
                    to: LatencyKey(subject: subject, component: latency.component, bucket: latency.bucket))
            }
            for (phrase, count) in contribution.phrases {
                add(count, to: PhraseKey(subject: subject, day: .allTime, phrase: phrase))
                add(count, to: PhraseKey(subject: subject, day: contribution.day, phrase: phrase))
            }
        }
    }

    /// Takes away what the call counted for before, and adds what it counts for now.
    /// - Parameter counts: whether a call is among those that are added up here.
    mutating func apply(
        _ change: CallChanged, in workspaceID: WorkspaceID, where counts: (CallFacts) -> Bool = { _ in true }
    ) {
        guard change.before != change.after else { return }
        if let before = change.before, counts(before) { add(Contribution(of: before, in: workspaceID).negated) }
        if let after = change.after, counts(after) { add(Contribution(of: after, in: workspaceID)) }
    }

    mutating func add(_ other: Rollup) {
        for (key, measures) in other.measures { add(measures, to: key) }
        for (key, count) in other.latencies { add(count, to: key) }
        for (key, count) in other.phrases { add(count, to: key) }
        for (key, measures) in other.hours { add(measures, to: key) }
    }

    mutating func add(_ added: Measures, to key: MeasuresKey) {
        measures[key, default: Measures()] += added
    }

    mutating func add(_ added: Measures, to key: HourKey) {
        hours[key, default: Measures()] += added
    }

    mutating func add(_ count: Int, to key: LatencyKey) {
        latencies[key, default: 0] += count
    }

    mutating func add(_ count: Int, to key: PhraseKey) {
        phrases[key, default: 0] += count
    }

    var withoutZeros: Rollup {
        var result = Rollup()
        result.measures = measures.filter { !$0.value.isZero }
        result.latencies = latencies.filter { $0.value != 0 }
        result.phrases = phrases.filter { $0.value != 0 }
        result.hours = hours.filter { !$0.value.isZero }
        return result
    }

    /// What the hours of each day add up to, in the place of what is kept of the day.
    var daysOfHours: [MeasuresKey: Measures] {
        hours.reduce(into: [:]) { days, hour in
            days[MeasuresKey(subject: hour.key.subject, day: hour.key.day), default: Measures()] += hour.value
        }
    }
}
