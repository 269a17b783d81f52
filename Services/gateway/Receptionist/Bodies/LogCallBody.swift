import Bus
import Contracts
import GatewayHTTP

/// A call as a voice agent reports it; only `client_id` is required.
struct LogCallBody: JSONRead {
    static let schema = Schema.named(
        "NewCall",
        .object([
            .always("client_id", .uuid),
            .maybe("id", Schema.uuid.described("Chosen by the sender, it makes a retry safe.")),
            .maybe("caller_phone", .text(atMost: 64, example: "+1-555-0200").orNull),
            .maybe("caller_name", .text(atMost: 200, example: "John Smith").orNull),
            .maybe(
                "duration_seconds", Schema.number(from: 0, through: 2_678_400, example: 45.5).orNull.defaulting(to: 0)),
            .maybe("stt_latency_ms", Schema.number(from: 0, through: 3_600_000, example: 150).orNull.defaulting(to: 0)),
            .maybe("llm_latency_ms", Schema.number(from: 0, through: 3_600_000, example: 300).orNull.defaulting(to: 0)),
            .maybe("tts_latency_ms", Schema.number(from: 0, through: 3_600_000, example: 200).orNull.defaulting(to: 0)),
            .maybe("transcript", Schema.text(example: "Customer: Hello, …").orNull.defaulting(to: "")),
            .maybe(
                "sentiment",
                Schema.text(example: "POSITIVE").orNull.defaulting(to: "NEUTRAL")
                    .described("POSITIVE, NEGATIVE or NEUTRAL, in any case.")),
            .maybe("success", Schema.boolean.orNull.defaulting(to: true)),
            .maybe("recording_url", .text(atMost: 2048, example: "https://storage.example.com/call-123.wav").orNull),
            .maybe("notes", .text(atMost: 16_384, example: "Customer interested in cleaning appointment").orNull),
            .maybe(
                "created_at", Schema.timestamp.orNull.described("When it was held, not in the future; now if absent.")),
        ]).illustrated(by: example))

    /// Without an id, so that it can be sent twice.
    private static let example: JSONValue = [
        "client_id": "550e8400-e29b-41d4-a716-446655440001", "caller_phone": "+1-555-0200", "caller_name": "John Smith",
        "duration_seconds": 45.5, "stt_latency_ms": 150, "llm_latency_ms": 300, "tts_latency_ms": 200,
        "transcript": "Customer: Hello, I'd like to schedule an appointment...", "sentiment": "POSITIVE",
        "success": true, "recording_url": "https://storage.example.com/call-123.wav",
        "notes": "Customer interested in cleaning appointment",
    ]

    /// How far a sender's clock may lead, in seconds.
    private static let clockLeadSeconds = 60

    let id: CallID?
    private var call: LogCall

    init(_ fields: JSONFields) throws {
        if let value = fields["id"] {
            guard let text = value.textValue, let id = CallID(text) else { throw Fault.invalid("id", "must be a UUID") }
            self.id = id
        } else {
            id = nil
        }
        guard fields["client_id"] != nil, fields["client_id"] != "" else { throw Fault(.clientIDRequired) }
        let clientID: ClientID? = try fields.id("client_id", orElse: .clientNotFound)
        guard let clientID else { throw Fault(.clientIDRequired) }
        call = LogCall(id: id ?? CallID(Self.noID), clientID: clientID)
        call.callerPhone = try fields.text("caller_phone", atMost: 64) ?? ""
        call.callerName = try fields.text("caller_name", atMost: 200) ?? ""
        call.durationMS = try fields.scaled("duration_seconds", by: 1000, in: 0...2_678_400) ?? 0
        call.latencies = ComponentLatencies(
            sttMicros: try fields.latency("stt_latency_ms"), llmMicros: try fields.latency("llm_latency_ms"),
            ttsMicros: try fields.latency("tts_latency_ms"))
        call.transcript = try fields.text("transcript", atMostBytes: 512 * 1024) ?? ""
        call.sentiment = try fields.sentiment("sentiment")
        call.success = try fields.boolean("success") ?? true
        call.recordingURL = try fields.text("recording_url", atMost: 2048)
        call.notes = try fields.text("notes", atMost: 16_384)
        call.createdAt = try fields.pastMoment("created_at", leadSeconds: Self.clockLeadSeconds)
    }

    private static let noID = ClientID("00000000-0000-0000-0000-000000000000")!.uuid

    var clientID: ClientID { call.clientID }

    /// - Parameter index: its place among several calls of one request.
    func ask(in input: RouteInput, index: Int? = nil) -> LogCall {
        var call = call
        call.keyID = input.callKeyID(index: index)
        call.id = id ?? call.keyID ?? CallID(input.makeID())
        return call
    }
}

extension JSONFields {
    /// Milliseconds, as microseconds.
    fileprivate func latency(_ name: String) throws -> Int? {
        try scaled(name, by: 1000, in: 0...3_600_000)
    }

    fileprivate func sentiment(_ name: String) throws -> Sentiment {
        guard let text = try text(name, atMost: 100) else { return .neutral }
        guard let sentiment = Sentiment(rawValue: text.lowercased()) else {
            throw Fault.invalid(name, "must be POSITIVE, NEGATIVE or NEUTRAL")
        }
        return sentiment
    }

    fileprivate func pastMoment(_ name: String, leadSeconds: Int) throws -> Timestamp? {
        guard let text = try text(name, atMost: 64) else { return nil }
        guard let moment = Timestamp(text: text) else { throw Fault.invalid(name, "must be an RFC 3339 date and time") }
        guard moment <= Timestamp.now().adding(seconds: leadSeconds) else {
            throw Fault.invalid(name, "must not be in the future")
        }
        return moment
    }
}

struct LoggedCallBody: JSONShown {
    static let schema = Schema.object([
        .always(
            "call",
            .object([.always("id", .uuid), .always("client_id", .uuid), .always("created_at", .timestamp)]))
    ])

    let call: LoggedCall

    func write(to json: inout JSONWriter) {
        json.field(
            "call",
            object: { json in
                json.field("id", call.id)
                json.field("client_id", call.clientID)
                json.field("created_at", call.createdAt)
            })
    }
}
