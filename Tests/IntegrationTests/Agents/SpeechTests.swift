import AsyncHTTPClient
import Bus
import Foundation
import Logging
import NIOCore
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
        let end = await LimitedProgram(path: program).run(
            arguments, in: folder, output: "said.txt", by: .after(milliseconds: 20_000))
        #expect(end == .exited(0))
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
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hearing-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let recogniser = LocalRecogniser(logger: quiet, parent: folder)
        let result: Result<String, SpeechFailure>
        do {
            result = .success(
                try await recogniser.hear(audio, language: language, by: .after(milliseconds: within)).text)
        } catch {
            result = .failure(error)
        }
        #expect((try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.isEmpty ?? false)
        return result
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

    @Test func `runs programs within bounds`() async throws {
        let sounds = try Sounds()
        defer { sounds.remove() }
        func run(_ path: String, _ arguments: [String], within: Int = 20_000) async -> LimitedProgram.End {
            await LimitedProgram(path: path).run(
                arguments, in: sounds.folder, output: "out.txt", by: .after(milliseconds: within))
        }
        let began = monotonicNanoseconds()
        #expect(await run("/bin/sleep", ["60"], within: 300) == .tooSlow)
        #expect(monotonicNanoseconds() - began < 30_000_000_000)
        #expect(await run("/bin/sh", ["-c", "exit 3"]) == .exited(3))
        #expect(await run("/usr/bin/env", []) == .exited(0))
        let environment = try String(contentsOf: sounds.folder.appendingPathComponent("out.txt"), encoding: .utf8)
        #expect(environment.split(separator: "\n").count == 3 && !environment.contains("HOME"))
        // A file that grows without end is stopped.
        #expect(await run("/bin/dd", ["if=/dev/zero", "of=big", "bs=1M", "count=100"]) != .exited(0))
        let task = Task { await run("/bin/sleep", ["30"]) }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        #expect(await task.value != .exited(0))
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
