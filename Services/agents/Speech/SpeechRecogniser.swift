import Bus
import NIOCore

/// Finds the words in a sound.
protocol SpeechRecogniser: Sendable {
    /// - Parameter language: nil where it is not known.
    func hear(_ audio: Audio, language: String?, by deadline: Deadline) async throws(SpeechFailure) -> HeardSpeech
}

struct Audio: Sendable {
    let bytes: ByteBuffer
    let kind: AudioKind
}

struct HeardSpeech: Sendable, Equatable {
    /// Empty when there was none.
    let text: String
    let provider: String
    let model: String
}

/// Why there are no words. Each sentence is for the user of the API.
enum SpeechFailure: Error, Equatable {
    /// Something about the audio, which will be the same next time.
    case unreadable(String)
    /// Something else, which may go well later.
    case unavailable(String)
}
