import Bus
import Foundation
import Logging
import NIOCore
import NIOPosix

/// The recogniser of this machine: `sox` brings the audio into one form and `pocketsphinx_continuous` finds the words of
/// English in it, each confined by `extractor`. It understands short, clear sentences and little more, without a network
/// and for nothing.
struct LocalRecogniser: SpeechRecogniser {
    static let mostSeconds = 60
    private static let bytesPerSecond = 16_000 * 2
    private static let mostWordBytes = 65_536
    private static let leastMS = 500
    private static let inFlight = 2
    /// They wait for the processes. Each lives as long as this one: a process ends with the thread that began it.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: inFlight)
        threads.start()
        return threads
    }()
    private static let needed = [
        "/usr/bin/sox", "/usr/bin/pocketsphinx_continuous", "/usr/share/pocketsphinx/model/en-us/en-us",
    ]

    private let extractor: String
    private let seats = Seats(count: inFlight, mostWaiting: inFlight * 4)
    private let logger: Logger

    /// - Parameter extractor: where that program is.
    init(logger: Logger, extractor: String = ExtractorProcess.ownFolderPath) {
        self.logger = logger
        self.extractor = extractor
    }

    func hear(
        _ audio: Audio, language: String?, by deadline: Deadline
    ) async throws(SpeechFailure) -> HeardSpeech {
        guard (Self.needed + [extractor]).allSatisfy(FileManager.default.fileExists) else {
            throw .unavailable("No recogniser of speech is installed here, and STT_BASE_URL names none")
        }
        guard language?.lowercased().hasPrefix("en") ?? true else {
            throw .unavailable("Only English is recognised here")
        }
        guard [.wav, .flac, .ogg].contains(audio.kind) else {
            throw .unreadable("Only WAV, FLAC and Ogg audio is recognised here")
        }
        do {
            let text = try await seats.sit { try await recognise(audio, by: deadline) }
            return HeardSpeech(text: text, provider: "local", model: "pocketsphinx en-us")
        } catch let failure as SpeechFailure {
            throw failure
        } catch {
            logger.warning("speech cannot be recognised", metadata: ["cause": "\(error)"])
            throw .unavailable("Speech cannot be recognised now. Try again shortly.")
        }
    }

    private func recognise(_ audio: Audio, by deadline: Deadline) async throws -> String {
        let samples = try await run(
            audio.kind.rawValue, on: audio.bytes, mostBytes: Self.mostSeconds * Self.bytesPerSecond, by: deadline)
        guard !samples.isOverlong else {
            throw SpeechFailure.unreadable("The audio is longer than \(Self.mostSeconds) seconds")
        }
        switch samples.end {
        case .exited(0): break
        case .exited(69), .exited(71): throw CannotRun(cause: "extractor ended with \(samples.end)")
        case .exited, .signalled: throw SpeechFailure.unreadable("The audio cannot be read")
        case .overdue: throw Self.tooSlow
        }
        let words = try await run(
            "words", on: ByteBuffer(bytes: samples.bytes), mostBytes: Self.mostWordBytes, by: deadline)
        switch words.end {
        case .exited(0) where !words.isOverlong: return String(decoding: words.bytes, as: UTF8.self)
        case .signalled: throw SpeechFailure.unreadable("The audio takes too much time or memory to recognise")
        case .overdue: throw Self.tooSlow
        default: throw CannotRun(cause: "the recogniser ended with \(words.end)")
        }
    }

    private func run(
        _ task: String, on bytes: ByteBuffer, mostBytes: Int, by deadline: Deadline
    ) async throws -> ChildRun.Output {
        guard deadline.remainingMS > Self.leastMS else { throw Self.tooSlow }
        let (extractor, seconds) = (extractor, max(1, Int(deadline.remainingMS) / 1000))
        return try await Self.threads.runIfActive {
            try ChildRun.run([extractor, task], input: bytes, mostBytes: mostBytes, seconds: seconds)
        }
    }

    private static let tooSlow = SpeechFailure.unavailable("Recognising the speech took too long")

    private struct CannotRun: Error {
        let cause: String
    }
}
