import ServiceRuntime

/// Which servers think and listen for the agents.
enum ProviderSettings {
    static let llmBaseURL = address(
        "LLM_BASE_URL", "an OpenAI-compatible server that answers for the agents, with or without /v1",
        without: "agents quote what they know, and say so when they do not know")
    static let llmKey = Setting<Secret?>(
        name: "LLM_API_KEY", summary: "sent to the language model's server as a bearer token",
        defaultNote: "nothing is sent")
    static let llmModel = Setting<String?>(
        name: "LLM_MODEL", summary: "the language model's name; needed with LLM_BASE_URL",
        allowed: "1 to 100 characters",
        accepts: { ($0?.count ?? 1) <= 100 })
    static let llmTemperature = Setting<Double?>(
        name: "LLM_TEMPERATURE", range: 0...2, summary: "how freely the language model chooses its words",
        defaultNote: "the server's own")
    static let llmTimeout = seconds("LLM_TIMEOUT", 20, "how long a whole answer may take, retries included")
    static let llmSilence = seconds(
        "LLM_TOKEN_TIMEOUT", 10, "how long the language model may be silent before and within an answer")
    static let llmInFlight = Setting<Int>(
        name: "LLM_MAX_IN_FLIGHT", default: 16, range: 1...1024,
        summary: "questions of one process to the language model at a time")
    static let llmPromptPrice = price("LLM_PRICE_PROMPT_MICROS_PER_1K", "a thousand tokens sent cost")
    static let llmCompletionPrice = price("LLM_PRICE_COMPLETION_MICROS_PER_1K", "a thousand tokens answered cost")
    static let sttBaseURL = address(
        "STT_BASE_URL", "an OpenAI-compatible server that turns speech into text, with or without /v1",
        without: "pocketsphinx on this machine, for English")
    static let sttKey = Setting<Secret?>(
        name: "STT_API_KEY", summary: "sent to the speech server as a bearer token", defaultNote: "nothing is sent")
    static let sttModel = Setting<String>(
        name: "STT_MODEL", default: "whisper-1", summary: "name of the speech server's model",
        allowed: "1 to 100 characters", accepts: { $0.count <= 100 })

    static let embeddingsBaseURL = address(
        "EMBEDDINGS_BASE_URL",
        "an OpenAI-compatible server that tells what questions and passages mean, with or without /v1",
        without: "agents find what they know by its words alone")
    static let embeddingsKey = Setting<Secret?>(
        name: "EMBEDDINGS_API_KEY", summary: "sent to the embedding model's server as a bearer token",
        defaultNote: "nothing is sent")
    static let embeddingsModel = Setting<String?>(
        name: "EMBEDDINGS_MODEL",
        summary: "the embedding model's name, the same for every process; needed with EMBEDDINGS_BASE_URL",
        allowed: "1 to 100 characters", accepts: { ($0?.count ?? 1) <= 100 })

    static let all: [any SettingDeclaration] = [
        llmBaseURL, llmKey, llmModel, llmTemperature, llmTimeout, llmSilence, llmInFlight, llmPromptPrice,
        llmCompletionPrice, sttBaseURL, sttKey, sttModel, embeddingsBaseURL, embeddingsKey, embeddingsModel,
    ]

    private static func address(_ name: String, _ summary: String, without note: String) -> Setting<URLText?> {
        Setting(
            name: name, summary: summary, defaultNote: note, allowed: "an address such as https://host:port/v1",
            accepts: { $0.map { $0.scheme == "http" || $0.scheme == "https" } ?? true })
    }

    private static func seconds(_ name: String, _ usual: Int, _ summary: String) -> Setting<Duration> {
        Setting(name: name, default: .seconds(usual), range: .seconds(1)...Duration.seconds(300), summary: summary)
    }

    private static func price(_ name: String, _ what: String) -> Setting<Int> {
        Setting(
            name: name, default: 0, range: 0...1_000_000_000, summary: "what \(what), in millionths of the currency")
    }
}
