import Bus
import Contracts
import GatewayHTTP

struct RecordingBody: JSONShown {
    static let schema = Schema.named(
        "Recording",
        .object([
            .always("call_id", .uuid),
            .always(
                "duration_seconds",
                Schema.number(from: 0, example: 120).described(
                    "Of the sound where its bytes tell it, else of the call.")),
            .always("format", .text(among: RecordingFormat.allCases.map(\.rawValue), example: "wav")),
            .always("size_bytes", .integer(from: 1, example: 960_000)), .always("sha256", .text()),
            .always(
                "download_url",
                Schema.text(format: "uri").described("Needs no credential, and expires after 15 minutes.")),
            .always("transcript", .text(example: "Agent: Hello")),
            .always(
                "metadata",
                .object([
                    .always("agent_id", Schema.uuid.orNull), .always("campaign_id", Schema.uuid.orNull),
                    .always("phone_number", .text(example: "+1234567890")),
                ])), .always("created_at", .timestamp),
        ]))

    let shown: CallRecording
    let downloadURL: String

    init(_ shown: CallRecording, _ input: RouteInput) throws {
        self.shown = shown
        downloadURL = try input.signedLink(to: "call-recordings/\(shown.recording.callID)/download")
    }

    func write(to json: inout JSONWriter) {
        let recording = shown.recording
        json.field("call_id", recording.callID)
        json.field("duration_seconds", secondsOfMS: recording.durationMS ?? shown.callDurationMS)
        json.field("format", recording.format.rawValue)
        json.field("size_bytes", recording.sizeBytes)
        json.field("sha256", recording.hexSHA256)
        json.field("download_url", downloadURL)
        json.field("transcript", shown.transcript)
        json.field(
            "metadata",
            object: { json in
                json.field("agent_id", shown.agentID)
                json.field("campaign_id", shown.campaignID)
                json.field("phone_number", shown.phoneNumber)
            })
        json.field("created_at", recording.createdAt)
    }
}

struct TranscriptBody: JSONShown {
    static let schema = Schema.object([
        .always("call_id", .uuid), .always("transcript", .text(example: "Agent: Hello")),
        .always("turns", .array(of: TurnBody.schema)),
    ])

    let call: CallRecord

    init(_ call: CallRecord) {
        self.call = call
    }

    func write(to json: inout JSONWriter) {
        json.field("call_id", call.id)
        json.field("transcript", call.transcript)
        json.field(
            "turns",
            shown: TranscriptTurns.of(call.transcript).map { TurnBody(turn: $0, start: call.facts.createdAt) })
    }
}

struct TurnBody: JSONShown {
    static let schema = Schema.object([
        .always("speaker", Schema.text(example: "Agent").orNull), .always("text", .text(example: "Hello")),
        .always("timestamp", Schema.timestamp.orNull),
    ])

    let turn: TranscriptTurn
    /// Of the call.
    let start: Timestamp

    func write(to json: inout JSONWriter) {
        json.field("speaker", turn.speaker)
        json.field("text", turn.text)
        json.field("timestamp", turn.offsetSeconds.map { start.adding(seconds: $0) })
    }
}

extension Recording {
    var hexSHA256: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: sha256.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
