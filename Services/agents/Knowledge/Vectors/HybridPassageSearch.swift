import Contracts
import Logging

/// Finds passages by their words and by their meaning, and brings both orders together by reciprocal rank fusion. Without
/// vectors, for whatever reason, it finds what words find.
struct HybridPassageSearch: PassageSearch {
    /// Passages of each order that count.
    static let depth = 30
    /// What is found by its meaning alone must be that near, or it is nothing that was asked for. That is little, since a
    /// passage speaks of many things and a question of one.
    static let leastNearness = 0.25

    let words: any WordSearch
    let vectors: any VectorSearch
    let questions: QuestionVectors
    let counts: OutcomeCounts
    let logger: Logger

    func passages(
        for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [FoundPassage] {
        guard limit > 0 else { return [] }
        async let near = near(question, agent, workspaceID)
        let worded = try await words.ranked(
            for: question, agent: agent, in: workspaceID, limit: max(limit, Self.depth))
        let chosen = Self.fused(worded: worded, near: await near, scale: questions.scale, limit: limit)
        return try await words.load(chosen, in: workspaceID)
    }

    /// Empty when there are none, or the model or the search has failed.
    private func near(
        _ question: String, _ agent: AgentID, _ workspaceID: WorkspaceID
    ) async -> [RankedPassage] {
        guard let vector = await questions.vector(of: question) else {
            counts.note("words_alone")
            return []
        }
        do {
            return try await vectors.nearest(
                to: vector, model: questions.model, agent: agent, in: workspaceID, limit: Self.depth)
        } catch {
            counts.note("failed")
            if !Task.isCancelled { logger.warning("vectors cannot be searched", metadata: ["cause": "\(error)"]) }
            return []
        }
    }

    /// What is not near enough to mean anything has no rank among the near ones: likenesses order everything, also what has
    /// nothing to do with the question. The best by words is kept in any case.
    /// - Parameter scale: nil where likenesses mean nothing.
    static func fused(
        worded: [RankedPassage], near: [RankedPassage], scale: NearnessScale?, limit: Int
    ) -> [ChosenPassage] {
        let scores = Dictionary(worded.map { ($0.place, $0.score) }) { first, _ in first }
        let nearness = Dictionary(near.map { ($0.place, scale?.nearness(of: $0.score) ?? 0) }) { first, _ in first }
        let meant = near.filter { nearness[$0.place] ?? 0 >= leastNearness }
        var places = Array(RankFusion.fused([worded.map(\.place), meant.map(\.place)]).prefix(limit))
        if let best = worded.first?.place, !places.isEmpty, !places.contains(best) { places[places.count - 1] = best }
        return places.map { ChosenPassage(place: $0, score: scores[$0] ?? 0, nearness: nearness[$0] ?? 0) }
    }
}

/// Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009): what is r-th in an order gets 1 / (60 + r) for it. No order
/// needs to know what the figures of another one mean.
enum RankFusion {
    static let constant = 60.0

    /// The best first; among equals the one that stands first in the first order that has it.
    static func fused<Item: Hashable>(_ orders: [[Item]]) -> [Item] {
        var sums: [Item: Double] = [:]
        var seen: [Item] = []
        for order in orders {
            for (index, item) in order.enumerated() {
                if sums[item] == nil { seen.append(item) }
                sums[item, default: 0] += 1 / (constant + Double(index + 1))
            }
        }
        let places = Dictionary(uniqueKeysWithValues: zip(seen, seen.indices))
        return seen.sorted { (sums[$0] ?? 0, places[$1] ?? 0) > (sums[$1] ?? 0, places[$0] ?? 0) }
    }
}
