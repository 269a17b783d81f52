import Bus
import Contracts
import GatewayHTTP

/// What may be said of a call, in POST and PATCH alike.
enum CallLogFields {
    static let schema: [Schema.Field] = [
        .maybe("campaign_id", Schema.uuid.orNull), .maybe("agent_id", Schema.uuid.orNull),
        .maybe("client_id", Schema.uuid.orNull),
        .maybe("caller_id", .text(atMost: 64, example: "+15550100").orNull),
        .maybe("caller_name", .text(atMost: 200).orNull),
        .maybe("status", .text(among: CallStatus.allCases.map(\.rawValue)).orNull),
        .maybe("success", Schema.boolean.orNull.described("Whether it was one; when absent, its status says so.")),
        .maybe("duration_seconds", Schema.number(from: 0, through: 2_678_400, example: 120).orNull),
        .maybe("transcript", .text(example: "User: Hello... Agent: Hi there...").orNull),
        .maybe("summary", .text(atMost: 16_384, example: "Customer called about billing issue...").orNull),
        .maybe("sentiment", .text(among: Sentiment.allCases.map(\.rawValue)).orNull),
        .maybe("emotions", .array(of: .text(atMost: 100, example: "satisfied")).orNull),
        .maybe("key_phrases", .array(of: .text(atMost: 100, example: "billing")).orNull),
        .maybe("recording_url", .text(atMost: 2048).orNull), .maybe("error_message", .text(atMost: 2000).orNull),
        .maybe("cost", Schema.number(from: 0, through: 1_000_000, example: 0.5).orNull),
        .maybe("end_category", .text(among: EndCategory.allCases.map(\.rawValue)).orNull),
        .maybe("end_code", .text(atMost: 100).orNull.described("The carrier's own.")),
        .maybe("stt_latency_ms", Schema.number(from: 0, through: 3_600_000).orNull),
        .maybe("llm_latency_ms", Schema.number(from: 0, through: 3_600_000).orNull),
        .maybe("tts_latency_ms", Schema.number(from: 0, through: 3_600_000).orNull),
    ]

    static func read(_ json: JSONFields) throws -> CallFields {
        var fields = CallFields()
        fields.campaignID = try json.id("campaign_id", orElse: .campaignNotFound)
        fields.agentID = try json.id("agent_id", orElse: .agentNotFound)
        fields.clientID = try json.id("client_id", orElse: .clientNotFound)
        fields.phoneNumber = try json.text("phone_number", atMost: 64)
        if fields.phoneNumber?.allSatisfy(\.isWhitespace) == true {
            throw Fault.invalid("phone_number", "must not be empty")
        }
        fields.callerID = try json.text("caller_id", atMost: 64)
        fields.otherPartyName = try json.text("caller_name", atMost: 200)
        fields.status = try json.choice("status", CallStatus.self)
        fields.success = try json.boolean("success")
        fields.durationMS = try json.scaled("duration_seconds", by: 1000, in: 0...2_678_400)
        fields.transcript = try json.text("transcript", atMostBytes: 512 * 1024)
        fields.summary = try json.text("summary", atMost: 16_384)
        fields.sentiment = try json.choice("sentiment", Sentiment.self)
        fields.emotions = try json.texts("emotions", atMost: 50)
        fields.keyPhrases = try json.texts("key_phrases", atMost: 50)
        fields.recordingURL = try json.text("recording_url", atMost: 2048)
        fields.errorMessage = try json.text("error_message", atMost: 2000)
        fields.costMicros = try json.scaled("cost", by: 1_000_000, in: 0...1_000_000)
        fields.endCategory = try json.choice("end_category", EndCategory.self)
        fields.endCode = try json.text("end_code", atMost: 100)
        let latencies = ComponentLatencies(
            sttMicros: try json.scaled("stt_latency_ms", by: 1000, in: 0...3_600_000),
            llmMicros: try json.scaled("llm_latency_ms", by: 1000, in: 0...3_600_000),
            ttsMicros: try json.scaled("tts_latency_ms", by: 1000, in: 0...3_600_000))
        fields.latencies = latencies == ComponentLatencies() ? nil : latencies
        return fields
    }
}

/// Only `phone_number` is required.
struct NewCallLogBody: JSONRead {
    static let schema = Schema.object(
        [
            .always("phone_number", .text(atMost: 64, atLeast: 1, example: "+1234567890")),
            .maybe("id", Schema.uuid.orNull.described("Chosen by the sender, it makes a retry safe.")),
            .maybe(
                "created_at", Schema.timestamp.orNull.described("When it began, not in the future; now if absent.")),
        ] + CallLogFields.schema)

    private let id: CallID?
    private let fields: CallFields
    private let createdAt: Timestamp?

    init(_ json: JSONFields) throws {
        if let value = json["id"] {
            guard let text = value.textValue, let id = CallID(text) else { throw Fault.invalid("id", "must be a UUID") }
            self.id = id
        } else {
            id = nil
        }
        fields = try CallLogFields.read(json)
        guard fields.phoneNumber != nil else { throw Fault.invalid("phone_number", "is required") }
        createdAt = try json.moment("created_at")
    }

    func ask(in input: RouteInput) -> RecordCall {
        let keyID = input.callKeyID()
        return RecordCall(
            id: id ?? keyID ?? CallID(input.makeID()), keyID: keyID, fields: fields, createdAt: createdAt)
    }
}

struct ChangedCallLogBody: JSONRead {
    static let schema = Schema.object(
        [.maybe("phone_number", .text(atMost: 64, example: "+1234567890").orNull)] + CallLogFields.schema,
        summary: "Fields that are absent or null stay. initiated → ringing → connected → completed or failed.")

    let fields: CallFields

    init(_ json: JSONFields) throws {
        fields = try CallLogFields.read(json)
    }
}
