import Bus
import Contracts
import GatewayHTTP

struct DashboardBody: JSONShown {
    static let schema = Schema.object([
        .always("total_calls", .integer(from: 0, example: 150)), .always("total_duration", .number(example: 3600.5)),
        .always("success_rate", .number(from: 0, through: 100, example: 95.3)),
        .always("avg_sentiment", .text(among: ["POSITIVE", "NEGATIVE", "NEUTRAL"])),
        .always("total_clients", .integer(from: 0, example: 5)),
    ])

    let totals: Totals

    func write(to json: inout JSONWriter) {
        let measures = totals.measures
        json.field("total_calls", measures[.calls])
        json.field("total_duration", secondsOfMS: measures[.durationMS])
        json.field("success_rate", tenths: measures.successTenths)
        json.field("avg_sentiment", measures.prevailingSentiment.rawValue.uppercased())
        json.field("total_clients", totals.clients)
    }
}

extension Measures {
    /// Tenths of a percent, rounded.
    var successTenths: Int { Int((successPercent * 10).rounded()) }

    /// The most frequent one; neutral when none is.
    var prevailingSentiment: Sentiment {
        let (positive, neutral, negative) = (self[.positive], self[.neutral], self[.negative])
        if positive > neutral, positive > negative { return .positive }
        if negative > neutral, negative > positive { return .negative }
        return .neutral
    }
}

struct SentimentBody: JSONShown {
    static let schema = Schema.object([
        .always("POSITIVE", .integer(from: 0, example: 95)), .always("NEGATIVE", .integer(from: 0, example: 10)),
        .always("NEUTRAL", .integer(from: 0, example: 45)),
    ])

    let measures: Measures

    func write(to json: inout JSONWriter) {
        json.field("POSITIVE", measures[.positive])
        json.field("NEGATIVE", measures[.negative])
        json.field("NEUTRAL", measures[.neutral])
    }
}

struct CallsPerDayBody: JSONShown {
    static let schema = Schema.object([
        .always(
            "data",
            .array(of: .object([.always("date", .day), .always("calls", .integer(from: 0, example: 15))])))
    ])
    static let query = [
        QueryParameter("days", .integer(from: 1, through: 3660), "The last so many days with today; 30 when absent.")
    ]

    let data: [(day: CalendarDay, calls: Int)]

    static func days(_ input: RouteInput) async throws -> CallsPerDayBody {
        let days = try input.query.integer("days", default: 30, in: 1...3660)
        let today = Timestamp.now().day
        let first = today.adding(days: 1 - days)
        let totals = try await input.ask(GetDailyTotals(about: .workspace, from: first, through: today))
        let calls = Dictionary(totals.days.map { ($0.day, $0.measures[.calls]) }) { $0 + $1 }
        return CallsPerDayBody(
            data: (0..<days).map { back in
                let day = today.adding(days: -back)
                return (day, calls[day] ?? 0)
            })
    }

    func write(to json: inout JSONWriter) {
        json.name("data")
        json.array(data) { json, entry in
            json.object { json in
                json.field("date", entry.day.text)
                json.field("calls", entry.calls)
            }
        }
    }
}

struct ClientStatsBody: JSONShown {
    static let schema = Schema.object(
        [
            .always("client_id", .uuid), .always("client_name", .text(example: "Dr. Mike's Dental")),
            .always("total_calls", .integer(from: 0, example: 50)), .always("total_duration", .number(example: 1200.5)),
            .always("success_rate", .number(from: 0, through: 100, example: 96.0)),
            .always("avg_stt_latency_ms", .number(from: 0, example: 145.2)),
            .always("avg_llm_latency_ms", .number(from: 0, example: 295.8)),
            .always("avg_tts_latency_ms", .number(from: 0, example: 198.5)),
        ]
            + ["stt", "llm", "tts"].flatMap { component in
                ["p50", "p95", "p99"].map { .always("\($0)_\(component)_latency_ms", .number(from: 0, example: 210.5)) }
            })

    let client: ClientRecord
    let totals: Totals

    static func of(_ input: RouteInput) async throws -> ClientStatsBody {
        let id: ClientID = try input.id(orElse: .clientNotFound)
        let client = try await input.ask(GetClient(id: id))
        return ClientStatsBody(
            client: client, totals: try await input.ask(GetTotals(about: .client(id), withLatencies: true)))
    }

    func write(to json: inout JSONWriter) {
        let measures = totals.measures
        json.field("client_id", client.id)
        json.field("client_name", client.name)
        json.field("total_calls", measures[.calls])
        json.field("total_duration", secondsOfMS: measures[.durationMS])
        json.field("success_rate", tenths: measures.successTenths)
        json.field("avg_stt_latency_ms", tenths: measures.meanTenthsOfMS(.sttMicros, over: .sttCount))
        json.field("avg_llm_latency_ms", tenths: measures.meanTenthsOfMS(.llmMicros, over: .llmCount))
        json.field("avg_tts_latency_ms", tenths: measures.meanTenthsOfMS(.ttsMicros, over: .ttsCount))
        json.field("p50_stt_latency_ms", tenths: tenths(totals.stt.p50Micros))
        json.field("p95_stt_latency_ms", tenths: tenths(totals.stt.p95Micros))
        json.field("p99_stt_latency_ms", tenths: tenths(totals.stt.p99Micros))
        json.field("p50_llm_latency_ms", tenths: tenths(totals.llm.p50Micros))
        json.field("p95_llm_latency_ms", tenths: tenths(totals.llm.p95Micros))
        json.field("p99_llm_latency_ms", tenths: tenths(totals.llm.p99Micros))
        json.field("p50_tts_latency_ms", tenths: tenths(totals.tts.p50Micros))
        json.field("p95_tts_latency_ms", tenths: tenths(totals.tts.p95Micros))
        json.field("p99_tts_latency_ms", tenths: tenths(totals.tts.p99Micros))
    }
}

/// Microseconds as tenths of a millisecond, rounded.
private func tenths(_ micros: Int) -> Int { (micros + 50) / 100 }

extension Measures {
    /// Tenths of a millisecond, rounded; 0 where nothing was measured.
    fileprivate func meanTenthsOfMS(_ sum: Measure, over count: Measure) -> Int {
        guard self[count] > 0 else { return 0 }
        let divisor = self[count] * 100
        return (self[sum] + divisor / 2) / divisor
    }
}
