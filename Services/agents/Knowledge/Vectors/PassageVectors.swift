import ServiceHost
import ServiceLifecycle
import ServiceRuntime

/// The parts of a process that make and search vectors, put together.
struct PassageVectors: Sendable {
    let search: any PassageSearch
    let components: [any Service]

    init(host: ServiceHost, embeddings: Embeddings) {
        let searches = OutcomeCounts()
        search = HybridPassageSearch(
            words: PostgresPassageSearch(database: host.database, jobs: host.jobs),
            vectors: PostgresVectorSearch(database: host.database, note: { searches.note($0.rawValue) }),
            questions: embeddings.questions, counts: searches, logger: host.logger)
        let embedder = PassageEmbedder(
            jobs: PostgresVectorJobs(jobs: host.jobs), embedding: embeddings.passages, logger: host.logger)
        components = [
            embedder, ScaleKeeping(questions: embeddings.questions, embedding: embeddings.passages),
        ]
        host.metrics.read(
            "switchboard_vector_searches_total", kind: .counter, help: "Searches for passages by meaning, by how."
        ) { searches.samples(label: "path") }
        host.metrics.read(
            "switchboard_vectors_waiting", help: "Passages of documents that wait for their vectors."
        ) { [waiting = embedder.waiting] in [MetricSample(Double(waiting.value))] }
    }
}
