import Bus
import Contracts
import GatewayHTTP

/// A call as lists show it.
struct ListedCallBody: JSONShown {
    static let fields: [Schema.Field] = [
        .always("id", .uuid), .always("client_id", Schema.uuid.orNull),
        .always("client_name", .text(example: "Dr. Mike's Dental").orNull),
        .always("phone_number", .text(example: "+1-555-0100").orNull),
        .always("caller_phone", .text(example: "+1-555-0200").orNull),
        .always("caller_name", .text(example: "John Smith").orNull),
        .always("duration_seconds", .number(example: 45.5)),
        .always("sentiment", .text(among: ["POSITIVE", "NEGATIVE", "NEUTRAL"])), .always("success", .boolean),
        .always("created_at", .timestamp),
    ]
    static let schema = Schema.named("ListedCall", .object(fields))

    let call: CallRecord

    func write(to json: inout JSONWriter) {
        json.field("id", call.id)
        json.field("client_id", call.facts.clientID)
        json.field("client_name", call.clientName)
        json.field("phone_number", call.clientPhone)
        json.field("caller_phone", call.otherPartyPhone.isEmpty ? nil : call.otherPartyPhone)
        json.field("caller_name", call.otherPartyName.isEmpty ? nil : call.otherPartyName)
        json.field("duration_seconds", secondsOfMS: call.facts.durationMS)
        json.field("sentiment", call.facts.sentiment.rawValue.uppercased())
        json.field("success", call.facts.success)
        json.field("created_at", call.facts.createdAt)
    }
}

struct OneCallBody: JSONShown {
    static let schema = Schema.object([
        .always(
            "call",
            .named(
                "Call",
                .object(
                    ListedCallBody.fields + [
                        .always("stt_latency_ms", .number(from: 0, example: 150)),
                        .always("llm_latency_ms", .number(from: 0, example: 300)),
                        .always("tts_latency_ms", .number(from: 0, example: 200)), .always("transcript", .text()),
                        .always("recording_url", .text().orNull), .always("notes", .text().orNull),
                    ])))
    ])

    let call: CallRecord
    private let recordingURL: String?

    init(_ call: CallRecord, _ input: RouteInput) throws {
        self.call = call
        // The root's dialect serves recordings, this one has no route for them.
        recordingURL = try input.recordingURL(of: call, under: "")
    }

    func write(to json: inout JSONWriter) {
        json.field(
            "call",
            object: { json in
                ListedCallBody(call: call).write(to: &json)
                json.field("stt_latency_ms", millisecondsOfMicros: call.facts.latencies.sttMicros ?? 0)
                json.field("llm_latency_ms", millisecondsOfMicros: call.facts.latencies.llmMicros ?? 0)
                json.field("tts_latency_ms", millisecondsOfMicros: call.facts.latencies.ttsMicros ?? 0)
                json.field("transcript", call.transcript)
                json.field("recording_url", recordingURL)
                json.field("notes", call.notes)
            })
    }
}

struct CallsBody: JSONShown {
    static let schema = Schema.object([
        .always("total", .integer(from: 0, example: 150)),
        .always("limit", .integer(from: 1, through: 500, example: 50)),
        .always("offset", .integer(from: 0, example: 0)), .always("calls", .array(of: ListedCallBody.schema)),
        .always("next_cursor", .text().orNull),
    ])
    static let query =
        [
            QueryParameter("limit", .integer(from: 1, through: 500), "How many at most; 50 when absent."),
            QueryParameter("offset", .integer(from: 0), "How many to leave out; 0 when absent."),
            QueryParameter("cursor", .text(), "`next_cursor` of the page before; costs the same at any depth."),
        ] + CallFilter.query

    let page: CallPage
    let limit: Int
    let offset: Int

    /// Calls of one question; a page of the longest notes still fits a message.
    private static let step = 200

    static func page(_ input: RouteInput) async throws -> CallsBody {
        let limit = try input.query.clamped("limit", default: 50, from: 1, through: 500)
        let offset = try input.query.integer("offset", default: 0, in: 0...1_000_000_000)
        let filter = try CallFilter(input.query)
        let start = try input.query.cursor()
        let (pages, next) = try await input.walk(limit: limit, step: step, from: start) { limit, cursor in
            let isFirst = cursor == start
            let page = try await input.ask(
                ListCalls(
                    clientID: filter.clientID, from: filter.from, limit: limit, offset: isFirst ? offset : 0,
                    after: cursor, wantsTotal: isFirst))
            return (page, page.calls.count, page.next)
        }
        let page = CallPage(calls: pages.flatMap(\.calls), total: pages.first?.total ?? 0, next: next)
        return CallsBody(page: page, limit: limit, offset: offset)
    }

    func write(to json: inout JSONWriter) {
        json.field("total", page.total)
        json.field("limit", limit)
        json.field("offset", offset)
        json.field("calls", shown: page.calls.map { ListedCallBody(call: $0) })
        json.field("next_cursor", page.next?.text)
    }
}
