import Contracts
import Foundation
import TestSupport

/// Calls as a test makes them, and what the statistics must then say; worked out anew from the calls themselves.
struct CallModel: Sendable {
    struct Call: Sendable {
        let clientID: String
        let day: CalendarDay
        let durationMS: Int
        let sentiment: String
        let success: Bool
        /// Microseconds; nil where the call says nothing.
        let latencies: [String: Int?]
        let body: JSON
    }

    static let components = ["stt", "llm", "tts"]

    private(set) var calls: [Call] = []

    /// Makes calls of the last `days` days at random.
    mutating func add(_ count: Int, clients: [String], days: Int) -> [JSON] {
        let today = Timestamp.now().day
        let made = (0..<count).map { _ -> Call in
            let back = Int.random(in: 0..<days)
            let moment = Timestamp(
                microseconds: today.adding(days: -back).start.microseconds + Int64.random(in: 0..<86_400_000_000))
            let created = min(moment, Timestamp.now())
            return Self.call(clients.randomElement() ?? "", at: created)
        }
        calls += made
        return made.map(\.body)
    }

    private static func call(_ client: String, at moment: Timestamp) -> Call {
        let durationMS = Int.random(in: 0...600_000)
        let sentiment = ["POSITIVE", "NEGATIVE", "NEUTRAL"].randomElement() ?? ""
        let success = Int.random(in: 0..<4) > 0
        let latencies = Dictionary(
            uniqueKeysWithValues: components.map { name -> (String, Int?) in
                let exponent = Double.random(in: 2...7)
                return (name, Int.random(in: 0..<5) == 0 ? nil : Int(pow(10, exponent)))
            })
        var body: [String: JSON] = [
            "client_id": JSON(client), "created_at": JSON(moment.text), "sentiment": JSON(sentiment),
            "success": .bool(success), "duration_seconds": .number(Double(durationMS) / 1000),
        ]
        for (name, micros) in latencies {
            if let micros { body["\(name)_latency_ms"] = .number(Double(micros) / 1000) }
        }
        return Call(
            clientID: client, day: moment.day, durationMS: durationMS, sentiment: sentiment, success: success,
            latencies: latencies, body: .object(body))
    }

    func of(_ client: String) -> CallModel {
        var model = CallModel()
        model.calls = calls.filter { $0.clientID == client }
        return model
    }

    // MARK: What the statistics must say

    var duration: Double { Double(calls.reduce(0) { $0 + $1.durationMS }) / 1000 }

    /// Percent with one decimal.
    var successRate: Double {
        guard !calls.isEmpty else { return 0 }
        let successes = calls.count { $0.success }
        return (Double(successes) * 1000 / Double(calls.count)).rounded() / 10
    }

    var sentiments: JSON {
        .object(
            Dictionary(
                uniqueKeysWithValues: ["POSITIVE", "NEGATIVE", "NEUTRAL"].map { name in
                    (name, JSON(calls.count { $0.sentiment == name }))
                }))
    }

    /// NEUTRAL on a tie.
    var prevailing: String {
        let counts = sentiments
        let most = ["POSITIVE", "NEGATIVE", "NEUTRAL"].map { counts[$0].int ?? 0 }.max() ?? 0
        let leaders = ["POSITIVE", "NEGATIVE", "NEUTRAL"].filter { counts[$0].int == most }
        return leaders.count == 1 ? leaders[0] : "NEUTRAL"
    }

    func count(on day: CalendarDay) -> Int { calls.count { $0.day == day } }

    private func measured(_ component: String) -> [Int] {
        calls.compactMap { $0.latencies[component] ?? nil }.sorted()
    }

    /// Milliseconds with one decimal; 0 where nothing was measured.
    func mean(_ component: String) -> Double {
        let values = measured(component)
        guard !values.isEmpty else { return 0 }
        return (Double(values.reduce(0, +)) / Double(values.count) / 100).rounded() / 10
    }

    /// Milliseconds, by nearest rank.
    func percentile(_ percent: Int, _ component: String) -> Double {
        let values = measured(component)
        guard !values.isEmpty else { return 0 }
        return Double(values[(values.count * percent + 99) / 100 - 1]) / 1000
    }
}
