import Contracts

/// Knows nothing: for a process without documents.
struct NoPassages: PassageSearch {
    func passages(
        for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [FoundPassage] { [] }
}
