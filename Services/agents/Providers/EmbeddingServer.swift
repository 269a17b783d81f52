import Bus
import Foundation
import NIOCore

/// A model behind `POST …/embeddings`, as OpenAI, Ollama, vLLM and llama.cpp serve it. Redirects are not followed: the
/// key is for the server that was named and for no other.
final class EmbeddingServer: TextEmbedding {
    struct Terms: Sendable {
        var model: String
        var inFlight = 4
        /// A server that takes longer than that fails; one that was given less time has not.
        var patienceMS = 10_000
        /// So many texts it must manage in that time; of more its slowness tells nothing.
        var texts = 16
        var persistence = Persistence()
    }

    let terms: Terms
    let counts: OutcomeCounts
    private let server: ProviderServer
    private let seats: Seats
    private let breaker = ProviderBreaker()

    var model: String { terms.model }
    var isBreakerOpen: Bool { breaker.isOpen }

    init(server: ProviderServer, terms: Terms, counts: OutcomeCounts = OutcomeCounts()) {
        self.server = server
        self.terms = terms
        self.counts = counts
        seats = Seats(count: terms.inFlight, mostWaiting: terms.inFlight * 4)
    }

    func vectors(of texts: [String], by deadline: Deadline) async throws(ProviderFailure) -> [TextVector] {
        guard !texts.isEmpty else { return [] }
        do {
            let vectors = try await terms.persistence.run(
                by: deadline, mayRepeat: { !isBreakerOpen }, repeating: { counts.note("retried") }
            ) {
                try await attempt(texts, by: deadline)
            }
            counts.note("answered")
            return vectors
        } catch {
            counts.note(error.label)
            throw error
        }
    }

    private func attempt(_ texts: [String], by deadline: Deadline) async throws -> [TextVector] {
        let leftMS = deadline.remainingMS
        guard leftMS >= Persistence.leastMS else { throw ProviderFailure.tooSlow }
        let watch = SilenceWatch(deadline: deadline, silenceMS: leftMS)
        return try await breaker.guarding(hadTime: leftMS >= terms.patienceMS && texts.count <= terms.texts) {
            try await seats.sit(under: watch) { try await self.exchange(texts) }
        }
    }

    private func exchange(_ texts: [String]) async throws -> [TextVector] {
        let call = try JSONEncoder().encode(EmbeddingCall(model: terms.model, input: texts))
        let response = try await server.post("embeddings", type: "application/json", body: ByteBuffer(bytes: call))
        let body = try await response.bytesOfSuccess(upTo: EmbeddingAnswer.mostBytes(for: texts.count))
        return try EmbeddingAnswer.vectors(in: Data(body.readableBytesView), count: texts.count)
    }
}
