import AsyncHTTPClient
import Bus
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceRuntime
import TestSupport
import Testing

@testable import agents

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A folder with sounds, gone with the test.
private struct Sounds {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sounds-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// What a program of the machine makes of its arguments, in a file.
    func made(_ kind: AudioKind, by program: String, _ arguments: [String]) async throws -> Audio {
        let output = try await NIOThreadPool.singleton.runIfActive { [folder] in
            // Where it is to put its files.
            try ChildRun.run(
                ["/usr/bin/env", "-C", folder.path, program] + arguments, input: ByteBuffer(), mostBytes: 65_536,
                seconds: 20)
        }
        #expect(output.end == .exited(0))
        return Audio(
            bytes: ByteBuffer(bytes: try Data(contentsOf: folder.appendingPathComponent("sound.\(kind)"))), kind: kind)
    }

    func speech(_ text: String) async throws -> Audio {
        try await made(.wav, by: "/usr/bin/flite", ["-voice", "slt", "-t", text, "-o", "sound.wav"])
    }
}

@Suite struct `This machine's recogniser` {
    private func hear(_ audio: Audio, language: String? = "en", within: Int = 30_000) async -> Result<
        String, SpeechFailure
    > {
        guard let extractor = try? RealExtraction.make().path else {
            return .failure(.unavailable("extractor is not built"))
        }
        do {
            let recogniser = LocalRecogniser(logger: quiet, extractor: extractor)
            return .success(
                try await recogniser.hear(audio, language: language, by: .after(milliseconds: within)).text)
        } catch {
            return .failure(error)
        }
    }

    @Test func `understands clear English, in several forms`() async throws {
        let sounds = try Sounds()
        defer { sounds.remove() }
        let wav = try await sounds.speech("hello how can i help you today")
        #expect(try await hear(wav).get().contains("hello how can i help you today"))
        let flac = try await sounds.made(.flac, by: "/usr/bin/sox", ["sound.wav", "-r", "8000", "sound.flac"])
        #expect(try await !hear(flac).get().isEmpty)
    }

    @Test func `says what it does not understand`() async throws {
        let sounds = try Sounds()
        defer { sounds.remove() }
        let long = try await sounds.made(
            .wav, by: "/usr/bin/sox", ["-n", "-r", "8000", "-c", "1", "sound.wav", "synth", "70", "sine", "300"])
        #expect(await hear(long) == .failure(.unreadable("The audio is longer than 60 seconds")))
        for text in ["RIFF____WAVE", "RIFF____WAVEfmt " + String(repeating: "\u{7f}", count: 4000)] {
            guard case .failure(.unreadable) = await hear(Audio(bytes: ByteBuffer(string: text), kind: .wav)) else {
                Issue.record("\(text.prefix(20)) was heard")
                continue
            }
        }
        let wav = try await sounds.speech("hello")
        guard case .failure(.unavailable) = await hear(wav, language: "hi-IN") else { return #expect(Bool(false)) }
        guard case .failure(.unavailable) = await hear(wav, within: 100) else { return #expect(Bool(false)) }
        guard case .failure(.unreadable) = await hear(Audio(bytes: wav.bytes, kind: .webm)) else {
            return #expect(Bool(false))
        }
    }

    @Test func `refuses what only pretends to be sound, and gives nothing of this machine away`() async throws {
        // A name instead of sound, with which some programs would open files or run others.
        for text in ["|/bin/id", "@/etc/passwd", "OggS\0\u{2}" + String(repeating: "x", count: 300), ""] {
            for kind in [AudioKind.wav, .flac, .ogg] {
                guard case .failure(.unreadable) = await hear(Audio(bytes: ByteBuffer(string: text), kind: kind)) else {
                    Issue.record("\(text.prefix(20)) was heard as \(kind)")
                    continue
                }
            }
        }
    }

    @Test func `hears several at a time and says so when there are too many`() async throws {
        let sounds = try Sounds()
        defer { sounds.remove() }
        let wav = try await sounds.speech("hello how can i help you today")
        let heard = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { (try? await hear(wav, within: 60_000).get()) == nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(heard == 0)
    }
}

@Suite struct `A speech server` {
    private let audio = Audio(bytes: ByteBuffer(bytes: Array("RIFF____WAVE".utf8) + (0...255)), kind: .wav)

    private func hear(
        language: String? = "en-GB", within: Int = 10_000, _ behaviour: @escaping @Sendable (Int) -> HTTPPeer.Behaviour
    ) async throws -> (Result<HeardSpeech, SpeechFailure>, [HTTPPeer.Received]) {
        let lock = NSLock()
        nonisolated(unsafe) var count = 0
        let peer = try HTTPPeer { _ in
            behaviour(
                lock.withLock {
                    count += 1
                    return count - 1
                })
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: ProviderServer.connections)
        let server = SpeechServer(
            server: ProviderServer(url: "http://127.0.0.1:\(peer.port)/v1", key: Secret("sk-secret"), http: http),
            model: "whisper-1", logger: quiet)
        let result: Result<HeardSpeech, SpeechFailure>
        do {
            result = .success(try await server.hear(audio, language: language, by: .after(milliseconds: within)))
        } catch {
            result = .failure(error)
        }
        try await http.shutdown()
        peer.stop()
        return (result, peer.received)
    }

    @Test func `is given the audio and answers with words`() async throws {
        let (result, received) = try await hear { _ in .answer(status: 200, body: #"{"text":"hello"}"#) }
        #expect(try result.get() == HeardSpeech(text: "hello", provider: "openai-compatible", model: "whisper-1"))
        let request = try #require(received.first)
        #expect(request.head.hasPrefix("POST /v1/audio/transcriptions HTTP/1.1"))
        #expect(request.head.contains("Authorization: Bearer sk-secret"))
        for part in [
            "name=\"model\"\r\n\r\nwhisper-1\r\n", "name=\"language\"\r\n\r\nen\r\n", "filename=\"audio.wav\"",
            "RIFF____WAVE",
        ] {
            #expect(request.body.contains(part), "\(part)")
        }
    }

    @Test func `is asked again, but not for ever`() async throws {
        let (result, received) = try await hear { number in
            number == 0 ? .answer(status: 503, body: "") : .answer(status: 200, body: #"{"text":"hello"}"#)
        }
        #expect(try result.get().text == "hello" && received.count == 2)
        for behaviour in [
            HTTPPeer.Behaviour.answer(status: 500, body: ""), .dies, .answer(status: 200, body: "hello"),
            .answer(status: 401, body: ""), .slow(milliseconds: 10_000, status: 200, body: "{}"),
        ] {
            guard case (.failure(.unavailable), let received) = try await hear(within: 1500, { _ in behaviour }) else {
                Issue.record("\(behaviour) gave words")
                continue
            }
            #expect(received.count <= 2)
        }
        guard case (.failure(.unreadable), _) = try await hear({ _ in .answer(status: 400, body: "") }) else {
            return #expect(Bool(false))
        }
    }
}
