import Bus
import Contracts
import Hummingbird

/// A form with something that was said: its part `audio` goes to storage as it comes in, and comes back as words.
package enum HeardAudio {
    package static let schema = Schema.object([
        .always(
            "audio",
            Schema.text(format: "binary").described(
                "WAV, FLAC or Ogg of at most 60 s, or whatever the speech server takes; at most 10 MB."))
    ])

    /// - Faults: `.inputInvalid` (field `audio`) where there are no words in it, `.tooLarge`, `.unavailable`.
    package static func words(in input: RouteInput) async throws -> Transcription {
        guard let stream = input.stream else { throw Fault.unexpected() }
        let form = try MultipartForm(stream, contentType: input.contentType)
        while let head = try await form.next() {
            guard head.name == "audio" else { continue }
            let key = TranscribeAudio.key(in: try input.caller.requireWorkspace(), for: input.makeID())
            try await store(form, type: head.contentType, under: key, input)
            // The rest of the form is read, so that the answer finds a sender who listens.
            while try await form.next() != nil {}
            return try await input.ask(TranscribeAudio(key: key), within: TranscribeAudio.deadlineMS)
        }
        throw Fault.invalid("audio", "is required")
    }

    private static func store(
        _ form: MultipartForm, type: String, under key: String, _ input: RouteInput
    ) async throws {
        let sink = try await input.storage.begin(
            key, in: .recordings, type: type.isEmpty ? "application/octet-stream" : type)
        do {
            var size = 0
            while let bytes = try await form.bytes() {
                size += bytes.readableBytes
                guard size <= TranscribeAudio.mostBytes else {
                    throw Fault(.tooLarge, "audio may have at most 10 MB", field: "audio")
                }
                try await sink.write(bytes)
            }
            guard size > 0 else { throw Fault.invalid("audio", "must not be empty") }
            _ = try await sink.finish(expecting: nil)
        } catch {
            await sink.abort()
            throw error
        }
    }
}
