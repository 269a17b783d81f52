import AsyncHTTPClient
import ServiceHost
import ServiceRuntime

/// The servers that this process asks, made from its settings.
struct Providers: Sendable {
    /// Lives as long as the process: what is answered while the process drains still asks.
    private static let http = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: ProviderServer.connections)

    /// Nil where no server is named.
    let chat: OpenAICompatibleChat?
    let speech: any SpeechRecogniser
    /// Nil where no server is named.
    let embeddings: Embeddings?

    /// - Throws: `StartFailure` for a server without the name of a model.
    init(_ host: ServiceHost) throws {
        chat = try Self.chat(host.settings)
        speech = Self.speech(host)
        embeddings = try Self.embeddings(host)
        if let chat { ChatMetrics.add(of: chat, to: host.metrics) }
        embeddings?.show(in: host.metrics)
    }

    private static func chat(_ settings: Settings) throws -> OpenAICompatibleChat? {
        guard let url = settings[ProviderSettings.llmBaseURL] else { return nil }
        guard let model = settings[ProviderSettings.llmModel] else {
            throw StartFailure("LLM_MODEL must be set with LLM_BASE_URL.", exitCode: 78)
        }
        var terms = OpenAICompatibleChat.Terms(model: model)
        terms.temperature = settings[ProviderSettings.llmTemperature]
        terms.prices = ChatPrices(
            promptMicros: settings[ProviderSettings.llmPromptPrice],
            completionMicros: settings[ProviderSettings.llmCompletionPrice])
        terms.answerMS = milliseconds(settings[ProviderSettings.llmTimeout])
        terms.silenceMS = milliseconds(settings[ProviderSettings.llmSilence])
        terms.inFlight = settings[ProviderSettings.llmInFlight]
        return OpenAICompatibleChat(
            server: ProviderServer(url: url.text, key: settings[ProviderSettings.llmKey], http: http), terms: terms)
    }

    private static func speech(_ host: ServiceHost) -> any SpeechRecogniser {
        guard let url = host.settings[ProviderSettings.sttBaseURL] else { return LocalRecogniser(logger: host.logger) }
        return SpeechServer(
            server: ProviderServer(url: url.text, key: host.settings[ProviderSettings.sttKey], http: http),
            model: host.settings[ProviderSettings.sttModel], logger: host.logger)
    }

    private static func embeddings(_ host: ServiceHost) throws -> Embeddings? {
        guard let url = host.settings[ProviderSettings.embeddingsBaseURL] else { return nil }
        guard let model = host.settings[ProviderSettings.embeddingsModel] else {
            throw StartFailure("EMBEDDINGS_MODEL must be set with EMBEDDINGS_BASE_URL.", exitCode: 78)
        }
        let key = host.settings[ProviderSettings.embeddingsKey]
        return Embeddings(
            server: ProviderServer(url: url.text, key: key, http: http), model: model, logger: host.logger)
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}
