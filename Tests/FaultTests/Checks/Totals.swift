import Foundation
import TestSupport

/// What one call contributes.
struct CallMeasures: Equatable, Sendable {
    var durationMS: Int
    var isSuccess: Bool
    /// In lower case.
    var sentiment: String
    /// Of speech to text, language model and text to speech; nil where it was not measured.
    var latencyMicros: [Int?]
}

/// What calls add up to.
struct Totals: Equatable, Sendable, CustomStringConvertible {
    static let components = ["stt", "llm", "tts"]

    private(set) var calls = 0
    private(set) var durationMS = 0
    private(set) var successes = 0
    private(set) var sentiments: [String: Int] = [:]
    private(set) var latencyMicros = [0, 0, 0]
    private(set) var latencyCounts = [0, 0, 0]

    mutating func add(_ measures: CallMeasures) {
        calls += 1
        durationMS += measures.durationMS
        if measures.isSuccess { successes += 1 }
        sentiments[measures.sentiment, default: 0] += 1
        for (place, micros) in measures.latencyMicros.enumerated() {
            guard let micros else { continue }
            latencyMicros[place] += micros
            latencyCounts[place] += 1
        }
    }

    var description: String { "\(calls) calls, \(durationMS) ms, \(successes) successes, \(sentiments)" }

    /// Milliseconds with one decimal; 0 where nothing was measured.
    func hasMeanLatency(_ shown: Double?, of place: Int) -> Bool {
        guard let shown else { return false }
        let exact = latencyCounts[place] == 0 ? 0 : Double(latencyMicros[place]) / Double(latencyCounts[place]) / 1000
        return abs(shown - exact) <= 0.050_000_1
    }

    /// A percentage with one decimal may differ from the exact one by half a tenth.
    func hasSuccessRate(_ shown: Double?) -> Bool {
        guard let shown else { return false }
        return abs(shown - (calls == 0 ? 0 : 100 * Double(successes) / Double(calls))) <= 0.050_000_1
    }

    /// The most frequent one; neutral when none is.
    var prevailingSentiment: String {
        let (positive, neutral, negative) = (sentiment("positive"), sentiment("neutral"), sentiment("negative"))
        if positive > neutral, positive > negative { return "POSITIVE" }
        if negative > neutral, negative > positive { return "NEGATIVE" }
        return "NEUTRAL"
    }

    func sentiment(_ name: String) -> Int { sentiments[name] ?? 0 }
}

/// What the calls of one workspace add up to: all, by client, by UTC date.
struct WorkspaceTotals: Equatable, Sendable {
    private(set) var all = Totals()
    private(set) var byClient: [String: Totals] = [:]
    private(set) var byDay: [String: Int] = [:]

    /// As they stand in the rows.
    init(rows: [StoredCall]) {
        for row in rows { add(row.measures, row.clientID, row.day) }
    }

    /// As they were asked for; the rows only tell which unanswered ones there are, and the day of those without one.
    init(claims: some Sequence<CallClaim>, rows: [StoredCall]) {
        let days = Dictionary(rows.map { ($0.mark, $0.day) }, uniquingKeysWith: { first, _ in first })
        for claim in claims {
            switch claim.standing {
            case .absent: continue
            case .atMostOnce where days[claim.mark] == nil: continue
            case .stored, .atMostOnce: break
            }
            let given = claim.body["created_at"].string.map { String($0.prefix(10)) }
            add(claim.measures, claim.clientID, given ?? days[claim.mark] ?? "missing")
        }
    }

    private mutating func add(_ measures: CallMeasures, _ clientID: String, _ day: String) {
        all.add(measures)
        byClient[clientID, default: Totals()].add(measures)
        byDay[day, default: 0] += 1
    }
}
