import Bus
import Contracts

/// Where agents are kept. A change and the event that announces it are stored together.
protocol AgentRepository: Sendable {
    /// Stores a new agent, once for each key.
    /// - Throws: `.agentExists`, `.keyReused`, `.stillRunning`.
    func add(
        _ agent: AgentRecord, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<AgentRecord>

    /// Nil for one that is deleted or another workspace's.
    func find(_ id: AgentID, in workspaceID: WorkspaceID) async throws -> AgentRecord?

    /// Those that are not deleted, newest first.
    func page(_ request: ListAgents, in workspaceID: WorkspaceID) async throws -> AgentPage

    /// Replaces an agent by what `rule` makes of it, with nobody else in between. The same one again is stored as no
    /// change.
    /// - Throws: `.agentNotFound`, `.agentExists`, `.agentInUse` when one with an active campaign would be deleted or
    ///   archived, `.phoneNumberTaken`, and what `rule` throws.
    /// - Parameter key: under which it is changed once.
    func change(
        _ id: AgentID, under key: IdempotencyKey?, in workspaceID: WorkspaceID,
        by rule: @escaping @Sendable (AgentRecord) throws -> AgentRecord
    ) async throws -> Outcome<AgentRecord>

    /// The newest draft, else the newest agent.
    func newest(in workspaceID: WorkspaceID) async throws -> AgentRecord?

    /// Pauses every active agent, or activates every paused one.
    /// - Parameter key: under which it is done once.
    func setPaused(
        _ isPaused: Bool, under key: IdempotencyKey?, in workspaceID: WorkspaceID, at now: Timestamp
    ) async throws -> Outcome<ChangedAgents>

    /// Which of these real numbers are answered already, in whatever workspace.
    func taken(of numbers: [String]) async throws -> Set<String>

    /// The numbers that the workspace's agents answer.
    func numbers(in workspaceID: WorkspaceID) async throws -> Set<String>
}

/// Where the profiles of companies are kept.
protocol CompanyRepository: Sendable {
    func set(
        _ profile: CompanyProfile, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<Done>

    /// Nil before it was first set.
    func find(in workspaceID: WorkspaceID) async throws -> CompanyProfile?
}
