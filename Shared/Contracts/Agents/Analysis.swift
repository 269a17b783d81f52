import Bus

/// Say what a conversation or call was about and how it went, once it is over. Nothing is stored.
///
/// The same question may be asked again; where a language model answers it costs again and may be answered otherwise.
/// - Faults: `.inputInvalid` when nothing was said.
package struct AnalyzeConversation: BusRequest, Codable {
    package static let subject: Subject = "agents.analyze-conversation.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = ConversationAnalysis

    /// How long it may take; who asks must wait as long.
    package static let deadlineMS = 60_000

    /// What was said, oldest first; of more than 1000 turns or 80 000 characters the first and the last ones count.
    package var turns: [Turn]
    /// What was said where there are no turns: lines that begin with `Agent:` or `Customer:` are taken for turns.
    package var transcript: String
    /// `en`, `hi` …, where it is known.
    package var language: String?
    /// A human was asked for, or the agent was unsure too often.
    package var isEscalated: Bool

    package init(turns: [Turn], transcript: String = "", language: String? = nil, isEscalated: Bool = false) {
        self.turns = turns
        self.transcript = transcript
        self.language = language
        self.isEscalated = isEscalated
    }
}

/// What a conversation was about and how it went.
package struct ConversationAnalysis: BusMessage, Codable, Equatable {
    /// At most 600 characters.
    package var summary: String
    /// Of the other party.
    package var sentiment: Sentiment
    /// At most 5 of `ConversationAnalysis.allEmotions`, the strongest first; of the other party.
    package var emotions: [String]
    /// At most 10, of at most 80 characters each, the most telling first.
    package var keyPhrases: [String]
    /// At most 5, of at most 60 characters each, the main one first.
    package var topics: [String]
    /// What the other party was after: `booking`, `price` …; at most 60 characters.
    package var intent: String
    /// How well the matter was settled: 0 not at all, 1000 wholly.
    package var qualityPermille: Int
    /// `local`, or `openai-compatible`.
    package var provider: String
    /// Empty for the local method.
    package var model: String
    /// Of the method or of the question to the model.
    package var version: String
    /// What the model cost, in millionths of the currency.
    package var costMicros: Int

    package init(
        summary: String, sentiment: Sentiment, emotions: [String], keyPhrases: [String], topics: [String],
        intent: String, qualityPermille: Int, provider: String, model: String, version: String, costMicros: Int = 0
    ) {
        self.summary = summary
        self.sentiment = sentiment
        self.emotions = emotions
        self.keyPhrases = keyPhrases
        self.topics = topics
        self.intent = intent
        self.qualityPermille = qualityPermille
        self.provider = provider
        self.model = model
        self.version = version
        self.costMicros = costMicros
    }

    package static let allEmotions = [
        "joy", "gratitude", "anger", "frustration", "disappointment", "sadness", "worry", "confusion", "surprise",
    ]
}
