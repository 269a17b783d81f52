import Bus
import Contracts

/// Where calls are kept.
protocol CallRepository: Sendable {
    /// Stores each call with the event that announces it, once: an id that is there already is replayed when the
    /// fingerprint is the same, refused otherwise. Answers in the order of the calls, only what is durable.
    func store(_ calls: [FinishedCall]) async -> [Result<LoggedCall, Fault>]

    /// - Faults: `.callNotFound`.
    func call(_ id: CallID, in workspaceID: WorkspaceID) async throws -> CallRecord

    /// Newest first.
    func page(_ request: ListCalls, in workspaceID: WorkspaceID) async throws -> CallPage
}

/// Where copies of clients are kept.
protocol ClientCopyRepository: Sendable {
    func copy(of id: ClientID, in workspaceID: WorkspaceID) async throws -> ClientCopy?
    /// Keeps the copy unless a later version is there.
    func keep(_ copy: ClientCopy) async throws
}
