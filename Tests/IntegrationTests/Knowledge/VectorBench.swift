import Bus
import Contracts
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import agents

/// A model that knows a few ideas in many words: texts with words of the same idea are alike.
final class IdeaEmbedding: TextEmbedding {
    private static let ideas = [
        "pay price euros cost costs expensive", "weekends saturday hours open close nine", "car parking park garage",
        "money refunds refund return", "dog pets puppy animals", "log password login account",
        "crib infant cot babies toddler", "deliver delivery parcel ship", "canary",
    ].map { Set($0.split(separator: " ").map(String.init)) }

    let model: String
    private let dimensions: Int
    private let state = Mutex(State())

    private struct State {
        var failure: ProviderFailure?
        var texts: [String] = []
        var longest = Int.max
        var poison: String?
    }

    /// - Parameter dimensions: at least as many as there are ideas.
    init(model: String = "ideas", dimensions: Int = 32) {
        self.model = model
        self.dimensions = dimensions
    }

    /// Texts of passages that were embedded.
    var texts: [String] { state.withLock { $0.texts } }

    /// What each request comes to from now on.
    func fail(_ failure: ProviderFailure?) { state.withLock { $0.failure = failure } }
    func refuse(above characters: Int) { state.withLock { $0.longest = characters } }
    /// Whatever holds this word breaks the server.
    func refuse(_ poison: String) { state.withLock { $0.poison = poison } }

    func vectors(of texts: [String], by deadline: Deadline) async throws(ProviderFailure) -> [TextVector] {
        let failure = state.withLock { state -> ProviderFailure? in
            if texts.contains(where: { $0.count > state.longest }) { return .refused(status: 400, detail: "too long") }
            if let poison = state.poison, texts.contains(where: { $0.contains(poison) }) {
                return .refused(status: 500, detail: "NaN")
            }
            if state.failure == nil { state.texts += texts.filter { $0 != PassageEmbedder.greeting } }
            return state.failure
        }
        if let failure { throw failure }
        return texts.compactMap { Self.vector(of: $0, dimensions: dimensions) }
    }

    static func vector(of text: String, dimensions: Int) -> TextVector? {
        var numbers = [Double](repeating: 0, count: dimensions)
        for word in Words.texts(of: text) {
            for (index, idea) in ideas.enumerated() where idea.contains(word) { numbers[index] += 1 }
            // What has no idea is a little of its own.
            let hash = word.utf8.reduce(5381) { ($0 &* 33) ^ Int($1) }
            numbers[ideas.count + abs(hash % (dimensions - ideas.count))] += 0.02
        }
        return TextVector(numbers)
    }
}

extension KnowledgeBench {
    var vectorJobs: PostgresVectorJobs { PostgresVectorJobs(jobs: search.jobs) }

    func embedder(_ embedding: any TextEmbedding, _ change: (inout PassageEmbedder.Pace) -> Void = { _ in })
        -> PassageEmbedder
    {
        var pace = PassageEmbedder.Pace()
        (pace.restMS, pace.pollMS, pace.firstPauseSeconds) = (10, 10, 0.05)
        change(&pace)
        return PassageEmbedder(jobs: vectorJobs, embedding: embedding, logger: silentLogger, pace: pace)
    }

    /// Reads what waits, and gives it vectors.
    func embedAll(_ embedding: any TextEmbedding) async throws {
        while try await reader().readNext() {}
        let embedder = embedder(embedding)
        while try await embedder.embedNext() == .done {}
    }

    func hybrid(
        _ embedding: any TextEmbedding, counts: OutcomeCounts = OutcomeCounts(), vectors: PostgresVectorSearch? = nil
    ) async -> HybridPassageSearch {
        let questions = QuestionVectors(embedding: embedding, logger: silentLogger)
        _ = await questions.measure(by: embedding)
        return HybridPassageSearch(
            words: search, vectors: vectors ?? PostgresVectorSearch(database: search.database, usesExtension: false),
            questions: questions, counts: counts, logger: silentLogger
        )
    }
}
