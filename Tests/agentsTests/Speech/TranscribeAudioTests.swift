import Blobs
import Bus
import Contracts
import Foundation
import Logging
import NIOCore
import Testing

@testable import agents

/// Hears what the test says that it hears.
private struct FixedRecogniser: SpeechRecogniser {
    let result: Result<String, SpeechFailure>

    func hear(_ audio: Audio, language: String?, by deadline: Deadline) async throws(SpeechFailure) -> HeardSpeech {
        HeardSpeech(text: try result.get(), provider: "fixed", model: "\(audio.kind)")
    }
}

@Suite struct `Audio that is heard` {
    private static let wav = ByteBuffer(string: "RIFF____WAVEfmt ")
    private let workspaceID = WorkspaceID(UUID())

    /// Puts a file into a store, asks, and looks whether the file is gone.
    private func ask(
        _ bytes: ByteBuffer?, _ result: Result<String, SpeechFailure> = .success("hello"), key: String? = nil
    ) async throws -> (result: Result<Transcription, any Error>, isGone: Bool) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("heard-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = DiskBlobStore(folder: folder)
        try await store.prepare()
        let text = key ?? TranscribeAudio.key(in: workspaceID, for: UUID())
        let key = try #require(BlobKey(text))
        if let bytes { _ = try await store.put(key, bytes) }
        let handler = TranscribeAudioHandler(
            store: store, recogniser: FixedRecogniser(result: result),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let bus = InMemoryBus()
        bus.serve(TranscribeAudio.self, handler.handle)
        let answer: Result<Transcription, any Error>
        do {
            answer = .success(
                try await bus.ask(
                    TranscribeAudio(key: text), as: .service("gateway", workspaceID: workspaceID.uuid)))
        } catch {
            answer = .failure(error)
        }
        return (answer, try await store.facts(of: key) == nil)
    }

    private func fault(_ result: Result<Transcription, any Error>) -> Fault? {
        guard case .failure(let error) = result else { return nil }
        return error as? Fault
    }

    @Test func `becomes a text, and is deleted`() async throws {
        let (result, isGone) = try await ask(Self.wav, .success("  hello \n world\n"))
        #expect(try result.get() == Transcription(text: "hello world", provider: "fixed", model: "wav"))
        #expect(isGone)
    }

    @Test func `is deleted when nothing comes of it`() async throws {
        for (bytes, result, code) in [
            (Self.wav, Result<String, SpeechFailure>.success(" "), FaultCode.inputInvalid),
            (Self.wav, .failure(.unreadable("no")), .inputInvalid),
            (Self.wav, .failure(.unavailable("no")), .unavailable),
            (ByteBuffer(string: "MZ, an executable"), .success("x"), .inputInvalid),
            (ByteBuffer(), .success("x"), .inputInvalid),
        ] {
            let (answer, isGone) = try await ask(bytes, result)
            #expect(fault(answer)?.entry == code && isGone)
        }
        var large = Self.wav
        large.writeRepeatingByte(0, count: TranscribeAudio.mostBytes)
        #expect(fault(try await ask(large).result)?.entry == .tooLarge)
        #expect(fault(try await ask(nil).result)?.field == "audio")
    }

    @Test func `is of the asker's own workspace`() async throws {
        for key in [TranscribeAudio.key(in: WorkspaceID(UUID()), for: UUID()), "recordings/x", "heard/\(workspaceID)"] {
            let (answer, isGone) = try await ask(Self.wav, key: key)
            #expect(fault(answer)?.entry == .inputInvalid && !isGone)
        }
    }

    @Test func `is known by its first bytes`() {
        for (text, kind) in [
            ("RIFF\u{0}\u{0}\u{0}\u{0}WAVE", AudioKind.wav), ("OggS..", .ogg), ("fLaC", .flac), ("ID3\u{4}", .mp3),
            ("....ftypM4A ", .m4a), ("RIFF....AVI ", nil), ("<html>", nil), ("", nil), ("R", nil),
        ] as [(String, AudioKind?)] {
            #expect(AudioKind(Array(text.utf8)) == kind, "\(text)")
        }
        #expect(AudioKind([0x1A, 0x45, 0xDF, 0xA3, 0x9F]) == .webm && AudioKind([0xFF, 0xFB, 0x90]) == .mp3)
        #expect(AudioKind([0xFF, 0xD8, 0xFF]) == nil && AudioKind([0xFF]) == nil)
    }
}
