import Logging
import ServiceRuntime

/// The embedding model's server as it is asked for two things that must not wait for each other: what questions mean, soon
/// or not at all, and what passages mean, whenever that is.
struct Embeddings: Sendable {
    let questions: QuestionVectors
    let passages: EmbeddingServer
    private let asked: EmbeddingServer

    init(server: ProviderServer, model: String, logger: Logger) {
        asked = EmbeddingServer(
            server: server, terms: EmbeddingServer.Terms(model: model, inFlight: 16, patienceMS: 1500, texts: 1))
        passages = EmbeddingServer(
            server: server, terms: EmbeddingServer.Terms(model: model, inFlight: 4, patienceMS: 10_000))
        questions = QuestionVectors(embedding: asked, logger: logger)
    }

    func show(in registry: PrometheusRegistry) {
        let servers = [(asked, "questions"), (passages, "passages")]
        registry.read(
            "switchboard_embeddings_requests_total", kind: .counter,
            help: "Requests to the embedding model, by what for and what came of them."
        ) {
            servers.flatMap { server, use in server.counts.samples(label: "outcome", more: [("of", use)]) }
        }
        registry.read(
            "switchboard_embeddings_breaker_open", help: "1 while the embedding model is not asked since it fails."
        ) {
            servers.map { server, use in MetricSample(server.isBreakerOpen ? 1 : 0, labels: [("of", use)]) }
        }
    }
}
