import Bus
import Foundation

/// Who said a turn of a conversation.
package enum Speaker: String, Sendable, Codable, CaseIterable {
    case agent
    case customer
}

/// What somebody said in a conversation.
package struct Turn: Sendable, Codable, Equatable {
    /// 1 for the first.
    package var number: Int
    package var speaker: Speaker
    package var text: String
    package var at: Timestamp
    /// How many passages of knowledge an answer was given with; 0 for the other party's words.
    package var passagesUsed: Int

    package init(number: Int, speaker: Speaker, text: String, at: Timestamp, passagesUsed: Int = 0) {
        self.number = number
        self.speaker = speaker
        self.text = text
        self.at = at
        self.passagesUsed = passagesUsed
    }
}

/// Say something to an agent. A session id that stands for no running conversation starts one; each message is answered once,
/// however often it is asked with the same id.
/// - Faults: `.inputInvalid`, `.agentNotFound`, `.agentNotAnswering` (the agent is not active, or none is),
///   `.conversationNotFound` (the UUID of a phone call), `.conversationEnded` (named by its UUID, or while it was answered),
///   `.conversationTooLong`, `.keyReused` (the message id stands for another text), `.unavailable`, `.outcomeUnknown` (retry with the same id).
package struct SendMessage: BusRequest, Codable {
    package static let subject: Subject = "calls.send-message.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = AnsweredMessage

    /// The session id, or the conversation's UUID.
    package var conversation: String
    /// 1–8000 characters.
    package var text: String
    /// Who is to answer a conversation that begins; nil: the newest active agent that answers on chat.
    package var agentID: AgentID?
    /// Of this message, chosen by the asker.
    package var messageID: UUID

    package init(conversation: String, text: String, agentID: AgentID?, messageID: UUID) {
        self.conversation = conversation
        self.text = text
        self.agentID = agentID
        self.messageID = messageID
    }
}

package struct AnsweredMessage: BusMessage, Codable, Equatable {
    package var callID: CallID
    package var answer: Turn
    /// A human is asked for, now or before.
    package var isEscalated: Bool
    /// The message had been answered before.
    package var isReplayed: Bool

    package init(callID: CallID, answer: Turn, isEscalated: Bool, isReplayed: Bool = false) {
        self.isReplayed = isReplayed
        self.callID = callID
        self.answer = answer
        self.isEscalated = isEscalated
    }
}

/// What was said in a conversation or call, in order.
/// - Faults: `.conversationNotFound`.
package struct GetConversation: BusRequest, Codable {
    package static let subject: Subject = "calls.get-conversation.v1"
    package static let isRepeatable = true
    package typealias Reply = Conversation

    /// The session id, or the UUID of the conversation or call.
    package var conversation: String
    /// The first turn that is wanted; 1: all of them.
    package var fromTurn: Int

    package init(conversation: String, fromTurn: Int = 1) {
        self.conversation = conversation
        self.fromTurn = fromTurn
    }
}

package struct Conversation: BusMessage, Codable, Equatable {
    package var call: CallRecord
    /// Empty for a call whose transcript was given as one text.
    package var turns: [Turn]

    package init(call: CallRecord, turns: [Turn]) {
        self.call = call
        self.turns = turns
    }
}

/// End a running conversation; again: the same.
/// - Faults: `.conversationNotFound`, also for a phone call.
package struct EndConversation: BusRequest, Codable {
    package static let subject: Subject = "calls.end-conversation.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = CallRecord

    package var conversation: String

    package init(conversation: String) {
        self.conversation = conversation
    }
}

/// Say how good a conversation or call was; the last word counts.
/// - Faults: `.conversationNotFound`, `.inputInvalid`.
package struct RateConversation: BusRequest, Codable {
    package static let subject: Subject = "calls.rate-conversation.v1"
    package static let priority = AdmissionPriority.ingest
    package static let isRepeatable = true
    package typealias Reply = CallRecord

    package var conversation: String
    /// 1–5, 5 the best.
    package var rating: Int

    package init(conversation: String, rating: Int) {
        self.conversation = conversation
        self.rating = rating
    }
}

/// Something was said in a conversation, after its `CallChanged` of the beginning. What was said is asked for.
package struct TurnAdded: LoggedEvent, Codable, Equatable {
    package static let kind = "turn-added.v1"

    package var callID: CallID
    package var agentID: AgentID?
    package var number: Int
    package var speaker: Speaker
    package var at: Timestamp
    /// With this turn a human was asked for.
    package var escalates: Bool

    package init(callID: CallID, agentID: AgentID?, number: Int, speaker: Speaker, at: Timestamp, escalates: Bool) {
        self.callID = callID
        self.agentID = agentID
        self.number = number
        self.speaker = speaker
        self.at = at
        self.escalates = escalates
    }
}
