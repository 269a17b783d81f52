import Bus
import Contracts

/// The texts of an agent, by their names in the contract, and what may stand in them.
enum AgentField: String {
    case name
    case description
    case llmProvider = "llm_provider"
    case llmModel = "llm_model"
    case sttProvider = "stt_provider"
    case ttsProvider = "tts_provider"
    case systemPrompt = "system_prompt"
    case language
    case voiceID = "voice_parameters.voice_id"
    case tone = "voice_parameters.tone"
    case role
    case personality

    /// In Unicode scalars, which PostgreSQL counts as characters.
    var longest: Int {
        switch self {
        case .name, .llmProvider, .llmModel, .sttProvider, .ttsProvider, .voiceID, .tone, .role: 100
        case .personality: 2000
        case .description: 4000
        case .systemPrompt: 32_000
        case .language: 35
        }
    }

    /// The text, trimmed.
    /// - Throws: `.inputInvalid`.
    func checked(_ text: String) throws(Fault) -> String {
        try GivenText.checked(text, rawValue, longest: longest)
    }

    /// The text, trimmed and not empty.
    /// - Throws: `.inputInvalid`.
    func required(_ text: String) throws(Fault) -> String {
        let text = try checked(text)
        guard !text.isEmpty else {
            throw Fault(.inputInvalid, "\(rawValue) must have 1 to \(longest) characters", field: rawValue)
        }
        return text
    }
}

/// What may stand in any text that is given.
enum GivenText {
    /// The text, trimmed.
    /// - Parameter longest: in Unicode scalars, which PostgreSQL counts as characters.
    /// - Throws: `.inputInvalid`.
    static func checked(_ text: String, _ field: String, longest: Int) throws(Fault) -> String {
        let text = text.trimmed
        guard text.unicodeScalars.count <= longest else {
            throw Fault(.inputInvalid, "\(field) must have at most \(longest) characters", field: field)
        }
        guard !text.holdsNUL else {
            throw Fault(.inputInvalid, "\(field) must not contain a NUL character", field: field)
        }
        return text
    }
}
