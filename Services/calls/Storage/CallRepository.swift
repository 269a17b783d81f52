import Bus
import Contracts

/// A call as it is kept.
struct StoredCall: Sendable {
    let id: CallID
    let state: CallState
    /// 1 for a new one, one more with each change.
    let version: Int
    let clientName: String?
    let clientPhone: String?
    var agentName: String?
    var isRecorded = false
    /// Nil when it has not been read.
    var updatedAt: Timestamp?
    var isEscalated = false

    /// What it is after a change.
    func replaced(by next: CallState, at now: Timestamp) -> StoredCall {
        StoredCall(
            id: id, state: next, version: version + 1, clientName: clientName, clientPhone: clientPhone,
            agentName: agentName, isRecorded: isRecorded, updatedAt: now, isEscalated: isEscalated)
    }

    var record: CallRecord {
        var record = state.record(id: id, version: version, clientName: clientName, clientPhone: clientPhone)
        record.agentName = agentName
        record.isRecorded = isRecorded
        record.isEscalated = isEscalated
        record.updatedAt = updatedAt ?? record.updatedAt
        return record
    }
}

/// Where calls are kept.
protocol CallRepository: Sendable {
    /// Stores each call with the event that announces it, once: an id that is there already is replayed when the
    /// fingerprint is the same, refused otherwise. Answers in the order of the calls, only what is durable.
    func store(_ calls: [NewCall]) async -> [Result<LoggedCall, Fault>]

    /// - Faults: `.callNotFound`.
    func call(_ id: CallID, in workspaceID: WorkspaceID) async throws -> StoredCall

    /// Replaces a call by its next state, with the event that announces it; nil deletes it for good.
    /// - Parameter now: shown as the moment of the change.
    /// - Returns: false when it is not any more what it was: nothing was stored.
    func replace(
        _ call: StoredCall, by next: CallState?, in workspaceID: WorkspaceID, at now: Timestamp
    ) async throws -> Bool

    /// Newest first. With long texts a page may be shorter than its limit; then it names the next one.
    func page(_ request: ListCalls, in workspaceID: WorkspaceID) async throws -> CallPage

    /// When the last call of each agent began, in their order; nil for one without calls.
    func lastCalls(of agents: [AgentID], in workspaceID: WorkspaceID) async throws -> [Timestamp?]
}

/// Where copies of clients are kept.
protocol ClientCopyRepository: Sendable {
    func copy(of id: ClientID, in workspaceID: WorkspaceID) async throws -> ClientCopy?
    /// Keeps the copy unless a later version is there.
    func keep(_ copy: ClientCopy) async throws
}
