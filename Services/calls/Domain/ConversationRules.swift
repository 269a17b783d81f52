import Bus
import Contracts
import Foundation

/// How somebody names a conversation: by the session id that they chose, or by its UUID.
struct ConversationReference: Sendable, Equatable {
    let text: String
    /// Nil when the text is no UUID.
    var id: CallID? { CallID(text.lowercased()) }

    /// Nil for what is neither: a session id is 1–128 of `A-Z a-z 0-9 . _ -`.
    init?(_ text: String) {
        let isAllowed = text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isAllowed, (1...128).contains(text.utf8.count) else { return nil }
        self.text = text
    }
}

/// A conversation as it is kept beside its call.
struct StoredConversation: Sendable, Equatable {
    let id: CallID
    let sessionID: String
    let agentID: AgentID
    let startedAt: Timestamp
    var turns = 0
    /// Answers in a row that the agent was not sure of.
    var unsure = 0
    var isEnded = false
    /// Of the call, which grows with every turn; nil before the call is stored.
    var callVersion: Int?
    var isEscalated = false
}

/// A turn with what only its owner knows of it.
struct NewTurn: Sendable {
    let messageID: UUID
    let speaker: Speaker
    let text: String
    let at: Timestamp
    var passagesUsed = 0
    var isUnsure = false
    var wantsHuman = false
    var intent = ""
    var costMicros = 0
    /// Nil for the other party's words.
    var answerMicros: Int?
}

/// What the answers of a conversation come to.
struct AnswerFigures: Sendable, Equatable {
    var answers = 0
    var sureAnswers = 0
    var costMicros = 0
    /// Nil before the first answer.
    var averageMicros: Int?
    var lastTurnAt: Timestamp?
}

enum ConversationRules {
    static let messageCharacters = 8000
    /// Turns that an agent is told when it answers.
    static let historyTurns = 20
    /// A human is asked for after so many answers in a row that the agent was not sure of.
    static let unsureLimit = 2

    /// - Throws: `.inputInvalid` for a message that is empty, too long or holds a null character.
    static func checkMessage(_ text: String) throws(Fault) {
        guard !text.trimmed.isEmpty else { throw Fault(.inputInvalid, "message is required", field: "message") }
        guard text.unicodeScalars.count <= messageCharacters else {
            throw Fault(
                .inputInvalid, "message must be at most \(messageCharacters) characters", field: "message")
        }
        guard !text.utf8.contains(0) else {
            throw Fault(.inputInvalid, "message must not contain a null character", field: "message")
        }
    }

    /// Whether a human is asked for with this answer: the other party wants one, or the agent was unsure too often.
    static func escalates(_ turn: NewTurn, in conversation: StoredConversation) -> Bool {
        guard turn.speaker == .agent, !conversation.isEscalated else { return false }
        return turn.wantsHuman || (turn.isUnsure && conversation.unsure + 1 >= unsureLimit)
    }

    /// The line of a turn in the transcript that every surface shows. A message is one line there, so that nobody can
    /// write lines of somebody else.
    static func transcriptLine(_ turn: NewTurn, in conversation: StoredConversation) -> String {
        let seconds = max(0, Int((turn.at.microseconds - conversation.startedAt.microseconds) / 1_000_000))
        let (minutes, rest) = (seconds / 60, seconds % 60)
        let hours = min(minutes / 60, 999)
        let clock =
            hours == 0
            ? "\(minutes):\(twoDigits(rest))" : "\(hours):\(twoDigits(minutes % 60)):\(twoDigits(rest))"
        let text = turn.text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "[\(clock)] \(turn.speaker == .agent ? "Agent" : "Customer"): \(text)"
    }

    /// What is known of a chat when it ends: a success when it was answered for sure and no human was asked for.
    static func ending(
        _ conversation: StoredConversation, _ figures: AnswerFigures, at now: Timestamp
    ) -> CallFields {
        var fields = CallFields()
        fields.status = .completed
        fields.success = figures.sureAnswers > 0 && !conversation.isEscalated
        fields.durationMS = min(
            max(0, Int((now.microseconds - conversation.startedAt.microseconds) / 1000)), CallLimits.durationMS)
        fields.costMicros = min(figures.costMicros, CallLimits.costMicros)
        if let micros = figures.averageMicros {
            fields.latencies = ComponentLatencies(llmMicros: min(micros, CallLimits.latencyMicros))
        }
        return fields
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
