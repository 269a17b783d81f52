import Bus

/// A language model that goes on with a conversation.
protocol ChatModel: Sendable {
    /// What it is called where its answers are kept.
    var name: String { get }

    /// Gives the next words of the conversation, piece by piece and then as a whole.
    ///
    /// Once a piece was given nothing is asked again, so that no two answers mix.
    /// - Parameters:
    ///   - deadline: the answer is whole by then, or there is none.
    ///   - piece: is given each piece in its order, from one task at a time.
    func reply(
        to request: ChatRequest, by deadline: Deadline, piece: @escaping @Sendable (String) -> Void
    ) async throws(ProviderFailure) -> ChatReply
}

struct ChatMessage: Sendable, Equatable, Codable {
    enum Role: String, Sendable, Codable {
        case system
        case user
        case assistant
    }

    let role: Role
    let content: String

    init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }
}

struct ChatRequest: Sendable, Equatable {
    /// What the answer must look like.
    enum Form: Sendable, Equatable {
        case text
        /// Any JSON object.
        case object
        /// A JSON object by a JSON Schema, itself given in JSON.
        case schema(name: String, json: String)
    }

    var messages: [ChatMessage]
    var form = Form.text
}

struct ChatReply: Sendable, Equatable {
    /// Never empty.
    let text: String
    /// The model that says it has answered.
    let model: String
    let usage: ChatUsage
    let costMicros: Int
    /// It was longer than is allowed, and its end is missing.
    let isCut: Bool
}

/// What an answer took.
struct ChatUsage: Sendable, Equatable {
    var promptTokens: Int
    var completionTokens: Int
    /// The server did not say, and four characters were taken for a token.
    var isEstimated: Bool

    static func estimated(prompt: [ChatMessage], completion: String) -> ChatUsage {
        func tokens(_ characters: Int) -> Int { (characters + 3) / 4 }
        return ChatUsage(
            promptTokens: tokens(prompt.reduce(0) { $0 + $1.content.unicodeScalars.count }),
            completionTokens: tokens(completion.unicodeScalars.count), isEstimated: true)
    }
}
