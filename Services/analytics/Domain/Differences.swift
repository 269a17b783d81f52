import Contracts

/// A number that the statistics keep and that the calls do not add up to.
struct Difference: Sendable, Equatable, CustomStringConvertible {
    var subject: RollupSubject
    /// Nil for all time.
    var day: CalendarDay?
    /// Which number: the name of a column, or of a latency bucket.
    var name: String
    var kept: Int
    var recomputed: Int

    var description: String {
        let when = day.map { "on \($0.text)" } ?? "for all time"
        let whose =
            subject.kind == .workspace
            ? "workspace \(subject.workspaceID)"
            : "\(subject.kind) \(subject.id.text) of workspace \(subject.workspaceID)"
        return "\(whose) \(when): \(name) is \(kept), recomputed \(recomputed)"
    }
}

extension Rollup {
    /// Rows that are in one or the other.
    func countOfRows(with other: Rollup) -> Int {
        Set(measures.keys).union(other.measures.keys).count + Set(latencies.keys).union(other.latencies.keys).count
            + Set(phrases.keys).union(other.phrases.keys).count + hours.count
    }

    /// Where these statistics differ from what was recomputed, in the order of the rows. What is kept by the hour is held
    /// against what is kept by the day.
    func differences(from recomputed: Rollup) -> [Difference] {
        var differences: [Difference] = []
        differences += Self.differences(measures, recomputed.measures)
        let ofHours = measures.filter { $0.key.subject.hasHours && $0.key.day != .allTime }
        differences += Self.differences(daysOfHours, ofHours).map {
            var difference = $0
            difference.name += " by the hour"
            return difference
        }
        for key in Set(latencies.keys).union(recomputed.latencies.keys).sorted() {
            let (mine, other) = (latencies[key] ?? 0, recomputed.latencies[key] ?? 0)
            guard mine != other else { continue }
            differences.append(
                Difference(
                    subject: key.subject, name: "\(key.component) latencies in bucket \(key.bucket)", kept: mine,
                    recomputed: other))
        }
        for key in Set(phrases.keys).union(recomputed.phrases.keys).sorted() {
            let (mine, other) = (phrases[key] ?? 0, recomputed.phrases[key] ?? 0)
            guard mine != other else { continue }
            differences.append(
                Difference(
                    subject: key.subject, day: key.day == .allTime ? nil : key.day, name: "calls with a phrase",
                    kept: mine, recomputed: other))
        }
        return differences
    }

    private static func differences(
        _ kept: [MeasuresKey: Measures], _ recomputed: [MeasuresKey: Measures]
    ) -> [Difference] {
        var differences: [Difference] = []
        for key in Set(kept.keys).union(recomputed.keys).sorted() {
            let (mine, other) = (kept[key] ?? Measures(), recomputed[key] ?? Measures())
            guard mine != other else { continue }
            for measure in Measure.allCases where mine[measure] != other[measure] {
                differences.append(
                    Difference(
                        subject: key.subject, day: key.day == .allTime ? nil : key.day, name: measure.column,
                        kept: mine[measure], recomputed: other[measure]))
            }
        }
        return differences
    }
}

extension Measure {
    /// The column that keeps it.
    var column: String {
        switch self {
        case .calls: "calls"
        case .ended: "ended"
        case .successes: "successes"
        case .failed: "failed"
        case .durationMS: "duration_ms"
        case .costMicros: "cost_micros"
        case .positive: "positive"
        case .neutral: "neutral"
        case .negative: "negative"
        case .sttCount: "stt_count"
        case .sttMicros: "stt_micros"
        case .llmCount: "llm_count"
        case .llmMicros: "llm_micros"
        case .ttsCount: "tts_count"
        case .ttsMicros: "tts_micros"
        case .chats: "chats"
        case .endedChats: "ended_chats"
        case .responses: "responses"
        case .responseMicros: "response_micros"
        case .ratings: "ratings"
        case .ratingSum: "rating_sum"
        }
    }
}
