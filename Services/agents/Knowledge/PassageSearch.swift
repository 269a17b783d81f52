import Contracts

/// A piece of a document that was found for a question.
struct FoundPassage: Sendable, Equatable {
    let documentID: DocumentID
    let documentName: String
    let text: String
    /// Where it begins in the document's text, in characters.
    let offset: Int
    /// 0–1; how well it answers the question.
    let score: Double
}

/// Finds what an agent knows. An agent knows its own documents and those of its workspace that name no agent.
protocol PassageSearch: Sendable {
    /// The best first; only of documents that are ready.
    func passages(
        for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [FoundPassage]
}
