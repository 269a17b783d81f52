import Contracts

/// A piece of a document that was found for a question.
struct FoundPassage: Sendable, Equatable {
    let documentID: DocumentID
    let documentName: String
    let text: String
    /// Where it begins in the document's text, in characters.
    let offset: Int
    /// 0–1; how well its words answer the question. 0 for one that was found by its meaning alone.
    let score: Double
    /// 0–1; how near its meaning is to the question's (`NearnessScale`). 0 where that is not known.
    var nearness = 0.0
}

/// Finds what an agent knows. An agent knows its own documents and those of its workspace that name no agent.
protocol PassageSearch: Sendable {
    /// The best first; only of documents that are ready.
    func passages(
        for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [FoundPassage]
}

/// Which passage it is.
struct PassagePlace: Hashable, Sendable {
    let documentID: DocumentID
    let number: Int32
}

/// A passage by one measure, whose values only compare with each other.
struct RankedPassage: Sendable, Equatable {
    let place: PassagePlace
    let score: Double
}

/// A passage that is to be shown, with what is known of how well it fits.
struct ChosenPassage: Sendable, Equatable {
    let place: PassagePlace
    let score: Double
    let nearness: Double
}

/// Finds passages by their words.
protocol WordSearch: Sendable {
    /// The best first, with scores of 0–1; only of documents that are ready.
    func ranked(
        for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [RankedPassage]

    /// The same passages with their texts, without those that are there no more.
    func load(_ chosen: [ChosenPassage], in workspaceID: WorkspaceID) async throws -> [FoundPassage]
}

/// Finds passages by their vectors.
protocol VectorSearch: Sendable {
    /// Those of the model that are most like the vector, the most alike first, with their likeness of -1 to 1; only of
    /// documents that are ready.
    func nearest(
        to vector: TextVector, model: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [RankedPassage]
}
