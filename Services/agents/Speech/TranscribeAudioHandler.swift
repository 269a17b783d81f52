import Blobs
import Bus
import Contracts
import Logging
import NIOCore

/// Says in words what an audio file holds, and deletes the file.
struct TranscribeAudioHandler: Sendable {
    static let longestText = 8000

    /// Where the asker has put the file.
    let store: any BlobStore
    let recogniser: any SpeechRecogniser
    let logger: Logger

    @Sendable func handle(_ request: TranscribeAudio, from caller: Caller) async throws -> Transcription {
        let workspaceID = try caller.requireWorkspace()
        guard request.key.hasPrefix(TranscribeAudio.folder(of: workspaceID)), let key = BlobKey(request.key) else {
            throw Self.invalid("The audio is not there")
        }
        do {
            let transcription = try await transcribe(key, request.language)
            await delete(key)
            return transcription
        } catch {
            await delete(key)
            throw error
        }
    }

    private func transcribe(_ key: BlobKey, _ language: String?) async throws -> Transcription {
        let audio = try await read(key)
        let heard: HeardSpeech
        do {
            heard = try await recogniser.hear(
                audio, language: language,
                by: RequestContext.current?.deadline ?? .after(milliseconds: TranscribeAudio.deadlineMS))
        } catch {
            switch error {
            case .unreadable(let sentence): throw Self.invalid(sentence)
            case .unavailable(let sentence): throw Fault(.unavailable, sentence, retryAfterMS: 5000)
            }
        }
        let text = PlainText.line(heard.text, longest: Self.longestText)
        guard !text.isEmpty else { throw Self.invalid("No words were recognised in the audio") }
        return Transcription(text: text, provider: heard.provider, model: heard.model)
    }

    private func read(_ key: BlobKey) async throws -> Audio {
        do {
            let reading = try await store.read(key, range: nil)
            guard reading.size <= TranscribeAudio.mostBytes else {
                throw Fault(.tooLarge, "The audio must have at most \(TranscribeAudio.mostBytes) bytes", field: "audio")
            }
            var bytes = ByteBuffer()
            for try await part in reading { bytes.writeImmutableBuffer(part) }
            guard let kind = AudioKind(bytes.readableBytesView) else {
                throw Self.invalid("The audio must be WAV, FLAC, Ogg, MP3, WebM or MPEG-4")
            }
            return Audio(bytes: bytes, kind: kind)
        } catch BlobError.notFound {
            throw Self.invalid("The audio is not there")
        } catch let error as BlobError {
            logger.warning("storage", metadata: ["cause": "\(error)"])
            throw Fault(.unavailable, retryAfterMS: 5000)
        }
    }

    /// What stays is taken by the sweeper of recordings.
    private func delete(_ key: BlobKey) async {
        do {
            try await store.delete(key)
        } catch {
            logger.warning("audio that was heard stays", metadata: ["cause": "\(error)"])
        }
    }

    private static func invalid(_ sentence: String) -> Fault { Fault(.inputInvalid, sentence, field: "audio") }
}
