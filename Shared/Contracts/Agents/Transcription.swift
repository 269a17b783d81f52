import Bus
import Foundation

/// Say in words what an audio file holds that the asker has put into the store of recordings. The file is deleted, whatever
/// comes of it; one that nobody asks about is taken by the sweeper of recordings after a day.
/// - Faults: `.inputInvalid` (field `audio`: not there, no audio that can be read, too long, or no words in it), `.tooLarge`,
///   `.unavailable` (nobody recognises speech here or now; the message says why).
package struct TranscribeAudio: BusRequest, Codable {
    package static let subject: Subject = "agents.transcribe-audio.v1"
    package typealias Reply = Transcription

    /// Of a file.
    package static let mostBytes = 10_485_760
    /// How long it may take; who asks must wait as long.
    package static let deadlineMS = 30_000

    /// From `key(in:for:)`, for the caller's workspace.
    package var key: String
    /// `en`, `hi` …, where it is known.
    package var language: String?

    package init(key: String, language: String? = nil) {
        self.key = key
        self.language = language
    }

    /// Where the asker puts a file.
    package static func key(in workspaceID: WorkspaceID, for id: UUID) -> String {
        "\(folder(of: workspaceID))\(id.uuidString.lowercased())"
    }

    /// With a slash at its end.
    package static func folder(of workspaceID: WorkspaceID) -> String { "heard/\(workspaceID)/" }
}

package struct Transcription: BusMessage, Codable, Equatable {
    /// 1–8000 characters.
    package var text: String
    /// `local`, or `openai-compatible`.
    package var provider: String
    package var model: String

    package init(text: String, provider: String, model: String) {
        self.text = text
        self.provider = provider
        self.model = model
    }
}
