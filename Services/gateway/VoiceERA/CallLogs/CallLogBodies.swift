import Bus
import Contracts
import GatewayHTTP

struct CallLogBody: JSONShown {
    static let schema = Schema.named(
        "CallLog",
        .object([
            .always("id", .uuid), .always("campaign_id", Schema.uuid.orNull), .always("agent_id", Schema.uuid.orNull),
            .always("client_id", Schema.uuid.orNull), .always("phone_number", .text(example: "+1234567890")),
            .always("caller_id", .text()), .always("caller_name", .text()),
            .always("status", .text(among: CallStatus.allCases.map(\.rawValue), example: "completed")),
            .always("success", .boolean), .always("duration_seconds", .number(from: 0, example: 120)),
            .always("transcript", .text()), .always("summary", .text()),
            .always("sentiment", .text(among: Sentiment.allCases.map(\.rawValue))),
            .always("emotions", .array(of: .text(example: "satisfied"))),
            .always("key_phrases", .array(of: .text(example: "billing"))),
            .always("recording_url", .text().orNull), .always("recording_path", .text().orNull),
            .always("error_message", .text().orNull),
            .always("end_category", Schema.text().orNull.described("Why it ended, the same over all carriers.")),
            .always("end_code", Schema.text().orNull.described("The carrier's own.")),
            .always("cost", .number(from: 0, example: 0.5)), .always("stt_latency_ms", .number(from: 0)),
            .always("llm_latency_ms", .number(from: 0)), .always("tts_latency_ms", .number(from: 0)),
            .always("simulated", .boolean), .always("version", .integer(from: 1)), .always("created_at", .timestamp),
            .always("updated_at", .timestamp), .always("ended_at", Schema.timestamp.orNull),
            .maybe("snippet", Schema.text().described("Where a search found its words, marked by **.")),
        ]))

    let call: CallRecord
    /// Signed and expiring where the recording is kept here.
    private let recordingURL: String?

    init(_ call: CallRecord, _ input: RouteInput) throws {
        self.call = call
        recordingURL = try input.recordingURL(of: call)
    }

    func write(to json: inout JSONWriter) {
        let facts = call.facts
        json.field("id", call.id)
        json.field("campaign_id", facts.campaignID)
        json.field("agent_id", facts.agentID)
        json.field("client_id", facts.clientID)
        json.field("phone_number", call.otherPartyPhone)
        json.field("caller_id", call.details.callerID)
        json.field("caller_name", call.otherPartyName)
        json.field("status", facts.status.rawValue)
        json.field("success", facts.success)
        json.field("duration_seconds", secondsOfMS: facts.durationMS)
        json.field("transcript", call.transcript)
        json.field("summary", call.details.summary)
        json.field("sentiment", facts.sentiment.rawValue)
        json.name("emotions")
        json.array(call.details.emotions) { $0.text($1) }
        json.name("key_phrases")
        json.array(call.details.keyPhrases) { $0.text($1) }
        json.field("recording_url", recordingURL)
        json.field("recording_path", recordingURL)
        json.field("error_message", call.details.errorMessage)
        json.field("end_category", facts.endCategory?.rawValue)
        json.field("end_code", call.carrierEndCode)
        json.name("cost")
        json.decimal(facts.costMicros, places: 6)
        json.field("stt_latency_ms", millisecondsOfMicros: facts.latencies.sttMicros ?? 0)
        json.field("llm_latency_ms", millisecondsOfMicros: facts.latencies.llmMicros ?? 0)
        json.field("tts_latency_ms", millisecondsOfMicros: facts.latencies.ttsMicros ?? 0)
        json.field("simulated", facts.isSimulated)
        json.field("version", call.version)
        json.field("created_at", facts.createdAt)
        json.field("updated_at", call.updatedAt)
        json.field("ended_at", call.endedAt)
        if let snippet = call.snippet { json.field("snippet", snippet) }
    }
}

struct CallLogsBody: JSONShown {
    static let schema = Schema.object([
        .always("total", .integer(from: 0, example: 1250)), .always("skip", .integer(from: 0)),
        .always("limit", .integer(from: 1, through: maximum)), .always("items", .array(of: CallLogBody.schema)),
        .always("next_cursor", .text().orNull),
    ])
    static let query =
        [
            QueryParameter("campaign_id", .uuid, "Only calls of this campaign."),
            QueryParameter("agent_id", .uuid, "Only calls of this agent."),
            QueryParameter("status", .text(among: CallStatus.allCases.map(\.rawValue)), "Only calls in this state."),
            QueryParameter("phone_number", .text(), "Only calls with this number, in any spelling."),
            QueryParameter(
                "search", .text(),
                "Words in transcript (its first 150 000 characters), summary, phrases, name or number; the best of the "
                    + "newest 1000 first."),
            QueryParameter("start_date", .day, "Only calls of this UTC day and later."),
            QueryParameter("end_date", .day, "Only calls of this UTC day and earlier."),
        ] + ListBounds.query(default: 50, through: maximum)

    private static let maximum = 500
    /// Calls of one question; the texts of more seldom fit a message.
    private static let step = 50

    let calls: [CallLogBody]
    let total: Int
    let next: PageCursor?
    let bounds: ListBounds

    static func page(_ input: RouteInput, campaignID: CampaignID?) async throws -> CallLogsBody {
        let bounds = try ListBounds(input.query, default: 50, through: maximum)
        var request = ListCalls(
            from: try input.query.day("start_date"), through: try input.query.day("end_date"), limit: bounds.limit,
            texts: .all, agentID: try input.query.id("agent_id", orElse: .agentNotFound), campaignID: campaignID,
            statuses: try input.query.choice("status", CallStatus.self).map { [$0] } ?? [],
            phoneNumber: input.query.phoneNumber("phone_number"), search: input.query["search"])
        let (pages, next) = try await input.walk(limit: bounds.limit, step: step, from: bounds.cursor) {
            limit, cursor in
            let isFirst = cursor == bounds.cursor
            request.limit = limit
            request.after = cursor
            request.offset = isFirst ? bounds.skip : 0
            request.wantsTotal = isFirst
            let page = try await input.ask(request)
            return (page, page.calls.count, page.next)
        }
        return CallLogsBody(
            calls: try pages.flatMap(\.calls).map { try CallLogBody($0, input) }, total: pages.first?.total ?? 0,
            next: next,
            bounds: bounds)
    }

    func write(to json: inout JSONWriter) {
        json.field("total", total)
        json.field("skip", bounds.skip)
        json.field("limit", bounds.limit)
        json.field("items", shown: calls)
        json.field("next_cursor", next?.text)
    }
}
