import Foundation

/// What is sent to `/chat/completions`.
struct ChatCall: Encodable {
    struct StreamOptions: Encodable {
        // swift-format-ignore: AlwaysUseLowerCamelCase
        let include_usage = true
    }

    let model: String
    let messages: [ChatMessage]
    let temperature: Double?
    let form: ChatRequest.Form
    let isStreamed: Bool

    private enum Key: String, CodingKey {
        case model, messages, temperature, stream
        case options = "stream_options"
        case format = "response_format"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(model, forKey: .model)
        try container.encode(messages, forKey: .messages)
        try container.encodeIfPresent(temperature, forKey: .temperature)
        try container.encode(isStreamed, forKey: .stream)
        if isStreamed { try container.encode(StreamOptions(), forKey: .options) }
        switch form {
        case .text: break
        case .object: try container.encode(["type": JSONTree.text("json_object")], forKey: .format)
        case .schema(let name, let json):
            let schema = try JSONDecoder().decode(JSONTree.self, from: Data(json.utf8))
            try container.encode(
                [
                    "type": JSONTree.text("json_schema"),
                    "json_schema": .object(["name": .text(name), "strict": .truth(true), "schema": schema]),
                ], forKey: .format)
        }
    }
}

/// Any JSON value.
enum JSONTree: Codable, Equatable {
    case object([String: JSONTree])
    case list([JSONTree])
    case text(String)
    case number(Double)
    case truth(Bool)
    case none

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .none
        } else if let value = try? container.decode(Bool.self) {
            self = .truth(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONTree].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .object(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .number(let value):
            // JSON Schema counts in whole numbers, and some readers of it take no `1.0`.
            if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
        case .truth(let value): try container.encode(value)
        case .none: try container.encodeNil()
        }
    }
}

/// One event of a stream, or a whole answer: the same fields, but for where the text stands.
struct ChatChunk: Decodable {
    struct Choice: Decodable {
        struct Text: Decodable {
            let content: String?
            let reasoning: String?
            let reasoningContent: String?

            private enum CodingKeys: String, CodingKey {
                case content, reasoning
                case reasoningContent = "reasoning_content"
            }
        }

        let index: Int?
        let delta: Text?
        let message: Text?
        let finishReason: String?

        private enum CodingKeys: String, CodingKey {
            case index, delta, message
            case finishReason = "finish_reason"
        }
    }

    struct Usage: Decodable {
        let promptTokens: Int?
        let completionTokens: Int?

        private enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
        }
    }

    let model: String?
    let choices: [Choice]?
    let usage: Usage?
    let error: JSONTree?

    /// The first of the choices, which is the only one that is asked for.
    var choice: Choice? { choices?.first { ($0.index ?? 0) == 0 } }
    /// Whether the model does anything, be it to itself.
    var isProgress: Bool {
        guard let text = choice?.delta ?? choice?.message else { return false }
        return [text.content, text.reasoning, text.reasoningContent].contains { !($0 ?? "").isEmpty }
    }

    var usageOfAnswer: ChatUsage? {
        guard let usage, let prompt = usage.promptTokens, let completion = usage.completionTokens else { return nil }
        let most = ChatPrices.mostTokens
        guard (0...most).contains(prompt), (0...most).contains(completion) else { return nil }
        return ChatUsage(promptTokens: prompt, completionTokens: completion, isEstimated: false)
    }
}
