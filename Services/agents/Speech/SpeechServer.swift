import AsyncHTTPClient
import Bus
import Foundation
import Logging
import NIOCore

/// A recogniser behind `POST …/audio/transcriptions`, as OpenAI and others serve it.
final class SpeechServer: SpeechRecogniser {
    private static let answerBytes = 1_048_576
    private static let attempts = 2
    private static let backoffMS = 300

    private let server: ProviderServer
    private let model: String
    private let logger: Logger
    private let seats: Seats
    private let breaker = ProviderBreaker()

    init(server: ProviderServer, model: String, logger: Logger, inFlight: Int = 8) {
        self.server = server
        self.model = model
        self.logger = logger
        seats = Seats(count: inFlight, mostWaiting: inFlight * 2)
    }

    func hear(
        _ audio: Audio, language: String?, by deadline: Deadline
    ) async throws(SpeechFailure) -> HeardSpeech {
        for attempt in 1... {
            do {
                return HeardSpeech(
                    text: try await ask(audio, language, by: deadline), provider: "openai-compatible", model: model)
            } catch {
                logger.warning("the speech server gave no answer", metadata: ["cause": "\(error)"])
                if case .refused(let status, _) = error, [400, 413, 415, 422].contains(status) {
                    throw .unreadable("The audio cannot be read")
                }
                let mayPass = error.isPassing && attempt < Self.attempts
                guard mayPass, deadline.remainingMS > Self.backoffMS + Persistence.leastMS,
                    (try? await Task.sleep(for: .milliseconds(Self.backoffMS))) != nil
                else { throw .unavailable("Speech cannot be recognised now. Try again shortly.") }
            }
        }
        throw .unavailable("Speech cannot be recognised now. Try again shortly.")
    }

    private func ask(
        _ audio: Audio, _ language: String?, by deadline: Deadline
    ) async throws(ProviderFailure) -> String {
        guard deadline.remainingMS >= Persistence.leastMS else { throw .tooSlow }
        let watch = SilenceWatch(deadline: deadline, silenceMS: deadline.remainingMS)
        do {
            return try await breaker.guarding {
                try await seats.sit(under: watch) { try await self.exchange(audio, language) }
            }
        } catch {
            throw .of(error)
        }
    }

    private struct Said: Decodable {
        let text: String
    }

    private func exchange(_ audio: Audio, _ language: String?) async throws -> String {
        let form = Self.form(audio, model: model, language: language, boundary: UUID().uuidString)
        let response = try await server.post("audio/transcriptions", type: form.type, body: form.body)
        let body = try await response.bytesOfSuccess(upTo: Self.answerBytes)
        guard let said = try? JSONDecoder().decode(Said.self, from: Data(body.readableBytesView)) else {
            throw ProviderFailure.malformed("no transcription")
        }
        return said.text
    }

    /// `multipart/form-data` (RFC 7578).
    static func form(
        _ audio: Audio, model: String, language: String?, boundary: String
    ) -> (type: String, body: ByteBuffer) {
        var body = ByteBuffer()
        func field(_ name: String, _ value: String) {
            body.writeString("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n")
        }
        field("model", model)
        field("response_format", "json")
        // The server knows languages and no regions.
        let primary = (language ?? "").lowercased().prefix { $0.isASCII && $0.isLetter }
        if (2...3).contains(primary.count) { field("language", String(primary)) }
        body.writeString(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio.\(audio.kind.rawValue)\"\r\n"
                + "Content-Type: \(audio.kind.mediaType)\r\n\r\n")
        body.writeImmutableBuffer(audio.bytes)
        body.writeString("\r\n--\(boundary)--\r\n")
        return ("multipart/form-data; boundary=\(boundary)", body)
    }
}
