import Bus
import Foundation
import Logging

/// The recogniser of this machine: `sox` brings the audio into one form and `pocketsphinx_continuous` finds the words of
/// English in it. It understands short, clear sentences and little more, without a network and for nothing.
struct LocalRecogniser: SpeechRecogniser {
    static let mostSeconds = 60
    private static let samples = 16_000
    private static let leastMS = 500

    private let sox = LimitedProgram(path: "/usr/bin/sox")
    private let sphinx = LimitedProgram(path: "/usr/bin/pocketsphinx_continuous")
    private let model = "/usr/share/pocketsphinx/model/en-us/en-us"
    private let seats: Seats
    private let logger: Logger
    private let parent: URL

    init(
        logger: Logger, inFlight: Int = 2, parent: URL = FileManager.default.temporaryDirectory
    ) {
        self.logger = logger
        self.parent = parent
        seats = Seats(count: inFlight, mostWaiting: inFlight * 4)
    }

    func hear(
        _ audio: Audio, language: String?, by deadline: Deadline
    ) async throws(SpeechFailure) -> HeardSpeech {
        guard sox.isThere, sphinx.isThere, FileManager.default.fileExists(atPath: model) else {
            throw .unavailable("No recogniser of speech is installed here, and STT_BASE_URL names none")
        }
        guard language?.lowercased().hasPrefix("en") ?? true else {
            throw .unavailable("Only English is recognised here")
        }
        guard [.wav, .flac, .ogg].contains(audio.kind) else {
            throw .unreadable("Only WAV, FLAC and Ogg audio is recognised here")
        }
        guard deadline.remainingMS > Self.leastMS else { throw tooSlow }
        do {
            let text = try await seats.sit { try await inFolder { try await recognise(audio, in: $0, by: deadline) } }
            return HeardSpeech(text: text, provider: "local", model: "pocketsphinx en-us")
        } catch let failure as SpeechFailure {
            throw failure
        } catch {
            logger.warning("speech cannot be recognised", metadata: ["cause": "\(error)"])
            throw .unavailable("Speech cannot be recognised now. Try again shortly.")
        }
    }

    private var tooSlow: SpeechFailure { .unavailable("Recognising the speech took too long") }

    private func recognise(_ audio: Audio, in folder: URL, by deadline: Deadline) async throws -> String {
        let given = "given.\(audio.kind.rawValue)"
        try Data(audio.bytes.readableBytesView).write(to: folder.appendingPathComponent(given))
        // A second more than is allowed, to see whether there is more.
        let end = await sox.run(
            [
                "-t", audio.kind.rawValue, given, "-r", "\(Self.samples)", "-c", "1", "-b", "16", "-e",
                "signed-integer",
                "-t", "wav", "even.wav", "trim", "0", "\(Self.mostSeconds + 1)",
            ], in: folder, output: "sox.txt", by: deadline)
        switch end {
        case .exited(0): break
        case .tooSlow: throw tooSlow
        case .notStarted(let cause): throw CannotRun(cause: cause)
        case .exited, .killed: throw SpeechFailure.unreadable("The audio cannot be read")
        }
        let even = folder.appendingPathComponent("even.wav").path
        let bytes = (try FileManager.default.attributesOfItem(atPath: even)[.size] as? NSNumber)?.intValue ?? 0
        guard bytes <= 44 + Self.mostSeconds * Self.samples * 2 else {
            throw SpeechFailure.unreadable("The audio is longer than \(Self.mostSeconds) seconds")
        }
        return try await words(in: folder, by: deadline)
    }

    private func words(in folder: URL, by deadline: Deadline) async throws -> String {
        let end = await sphinx.run(
            ["-infile", "even.wav", "-logfn", "/dev/null"], in: folder, output: "words.txt", by: deadline)
        switch end {
        case .exited(0): break
        case .tooSlow: throw tooSlow
        case .notStarted(let cause): throw CannotRun(cause: cause)
        case .exited, .killed: throw CannotRun(cause: "the recogniser ended with \(end)")
        }
        let said = try Data(contentsOf: folder.appendingPathComponent("words.txt"))
        return String(decoding: said.prefix(65_536), as: UTF8.self)
    }

    private struct CannotRun: Error {
        let cause: String
    }

    /// A folder that nobody else may look into, and that is gone afterwards.
    private func inFolder<Result: Sendable>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = parent.appendingPathComponent("switchboard-heard-\(UUID().uuidString.lowercased())")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}
