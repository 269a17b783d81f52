import Bus
import Foundation

/// Answer what the other party of a conversation said, as the agent would. Nothing is stored: asking again does no harm,
/// but a language model is paid again and may answer otherwise.
/// - Faults: `.agentNotFound`, `.agentNotAnswering`, `.unavailable`.
package struct AnswerMessage: BusRequest, Codable {
    package static let subject: Subject = "agents.answer-message.v1"
    package static let isRepeatable = true
    package typealias Reply = AgentAnswer

    package var agentID: AgentID
    /// Of the message that is answered; the pieces of the answer are announced under it.
    package var messageID: UUID
    package var text: String
    /// What was said before, oldest first, at most 20.
    package var history: [Turn]

    package init(agentID: AgentID, messageID: UUID, text: String, history: [Turn]) {
        self.agentID = agentID
        self.messageID = messageID
        self.text = text
        self.history = history
    }
}

package struct AgentAnswer: BusMessage, Codable, Equatable {
    package var text: String
    package var passagesUsed: Int
    /// The agent does not know, or is not sure.
    package var isUnsure: Bool
    /// The other party asks for a human.
    package var wantsHuman: Bool
    package var intent: String
    package var costMicros: Int

    package init(
        text: String, passagesUsed: Int, isUnsure: Bool, wantsHuman: Bool, intent: String = "", costMicros: Int = 0
    ) {
        self.text = text
        self.passagesUsed = passagesUsed
        self.isUnsure = isUnsure
        self.wantsHuman = wantsHuman
        self.intent = intent
        self.costMicros = costMicros
    }
}

/// A piece of an answer while it is being made. It may be lost; the whole answer comes as the reply.
package struct AnswerPiece: BusNotice, Codable, Equatable {
    package static let subject: Subject = "agents.answer-piece.v1"

    package var messageID: UUID
    /// 0 for the first.
    package var number: Int
    package var text: String

    package init(messageID: UUID, number: Int, text: String) {
        self.messageID = messageID
        self.number = number
        self.text = text
    }
}
