import Bus
import Contracts
import GatewayHTTP
import Hummingbird

/// Recordings of calls: their bytes go between the asker and storage, what is known of them over the bus.
enum RecordingRoutes {
    static let routes: [Route] = [
        uploading,
        .get("call-recordings/{call_id}", needs: .readCalls, "What is known of a call's recording") { input in
            let recording = try await input.ask(GetRecording(callID: try input.id(orElse: .recordingNotFound)))
            return try RecordingBody(recording, input)
        },
        downloading,
        .get(
            "call-recordings/{call_id}/transcript", needs: .readCalls, "What was said in a call, by who said it",
            ask: { GetCall(id: try $0.id(orElse: .callNotFound)) }, show: { TranscriptBody($0) }),
    ]

    /// How long the owner of the row may take to confirm what was stored, in milliseconds.
    private static let confirmMS = 10_000

    private static let uploading: Route = {
        var route = Route(
            .put, "call-recordings/{call_id}", needs: .writeCalls, status: .ok,
            summary: "Store a call's recording (WAV, MP3 or OGG), in place of an earlier one",
            answer: .json(RecordingBody.schema)
        ) { input in
            guard let body = input.stream else { throw Fault.unexpected() }
            let callID: CallID = try input.id(orElse: .callNotFound)
            let place = try await input.ask(BeginRecording(callID: callID))
            let head = try await body.head(AudioFormat.headBytes)
            guard let audio = AudioFormat(head) else {
                throw Fault.invalid("body", "must be a WAV, MP3 or OGG recording")
            }
            let stored = try await input.store(
                body, after: head, under: place.key, in: .recordings, type: audio.format.contentType)
            let confirmation = ConfirmRecording(
                callID: callID, key: place.key, format: audio.format, sizeBytes: stored.sizeBytes,
                sha256: stored.sha256, durationMS: audio.durationMS(sizeBytes: stored.sizeBytes))
            return Answer(.ok, try RecordingBody(try await confirm(confirmation, input), input))
        }
        route.body = .streamed(types: RecordingFormat.contentTypes)
        route.rate = .uploads
        route.priority = .ingest
        return route
    }()

    private static let downloading: Route = {
        var route = Route(
            .get, "call-recordings/{call_id}/download", needs: .scopesOrLink(.readCalls), status: .ok,
            summary: "The sound of a call's recording", answer: .bytes(types: RecordingFormat.contentTypes)
        ) { input in
            let callID: CallID = try input.id(orElse: .recordingNotFound)
            let recording = try await input.ask(GetRecording(callID: callID, wantsTranscript: false)).recording
            return try await input.answer(
                Download(
                    key: recording.key, area: .recordings, size: recording.sizeBytes,
                    contentType: recording.format.contentType, fileName: "\(callID).\(recording.format.rawValue)",
                    entityTag: "\"\(recording.hexSHA256)\""), orElse: .recordingNotFound)
        }
        route.query = [
            QueryParameter("expires", .integer(from: 0), "Of a signed address: until when, in seconds since 1970."),
            QueryParameter("signature", .text(), "Of a signed address, in place of a credential."),
        ]
        return route
    }()

    /// An object whose row was refused is of no use. One whose row may be there or not is left to the sweeper.
    private static func confirm(_ confirmation: ConfirmRecording, _ input: RouteInput) async throws -> CallRecording {
        do {
            return try await input.ask(confirmation, within: confirmMS)
        } catch let fault as Fault where fault.kind == .notFound || fault.kind == .invalid {
            try? await input.storage.discard(confirmation.key, in: .recordings)
            throw fault
        }
    }
}
