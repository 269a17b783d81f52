import Bus
import Contracts
import Crypto
import Foundation

/// A call that is heard of for the first time, ready to be stored. A class, since it goes through many hands.
final class NewCall: Sendable {
    let workspaceID: WorkspaceID
    let id: CallID
    /// What the request's idempotency key stands for, if it had one.
    let keyID: CallID?
    /// Of the request without its id and its key: 16 bytes.
    let fingerprint: [UInt8]
    let state: CallState

    init(workspaceID: WorkspaceID, id: CallID, keyID: CallID?, fingerprint: [UInt8], state: CallState) {
        self.workspaceID = workspaceID
        self.id = id
        self.keyID = keyID
        self.fingerprint = fingerprint
        self.state = state
    }

    var facts: CallFacts { state.facts }

    /// Roughly the bytes that it takes in memory and on the way to PostgreSQL.
    var size: Int {
        512 + state.transcript.utf8.count + (state.notes?.utf8.count ?? 0) + state.details.summary.utf8.count
    }

    /// A finished call as it was logged, checked.
    /// - Parameter agentID: the agent that the client names.
    /// - Throws: `.inputInvalid` for a value outside of its range.
    static func logged(
        _ request: LogCall, in workspaceID: WorkspaceID, agentID: AgentID?, at now: Timestamp
    ) throws -> NewCall {
        try CallLimits.check(request, at: now)
        let facts = CallFacts(
            clientID: request.clientID, agentID: agentID, campaignID: nil, channel: .phone, status: .completed,
            success: request.success, sentiment: request.sentiment, durationMS: request.durationMS,
            latencies: request.latencies, costMicros: 0, endCategory: .completed, isSimulated: false,
            createdAt: request.createdAt ?? now)
        let state = CallState(
            facts: facts, otherPartyPhone: request.callerPhone, otherPartyName: request.callerName,
            transcript: request.transcript, recordingURL: request.recordingURL, notes: request.notes,
            endedAt: facts.createdAt.adding(milliseconds: facts.durationMS))
        return NewCall(
            workspaceID: workspaceID, id: request.id, keyID: request.keyID, fingerprint: fingerprint(of: request),
            state: state)
    }

    /// A call at whatever moment of its life it was recorded, checked.
    /// - Parameter agentID: of the client or the campaign, where the request names none.
    /// - Throws: `.inputInvalid` for a value outside of its range.
    static func recorded(
        _ request: RecordCall, in workspaceID: WorkspaceID, agentID: AgentID?, at now: Timestamp
    ) throws -> NewCall {
        try CallLimits.check(request.fields)
        try CallLimits.check(createdAt: request.createdAt, at: now)
        var fields = request.fields
        fields.agentID = fields.agentID ?? agentID
        let startedAt = request.createdAt ?? now
        var state = try CallState(startedAt: startedAt, isSimulated: request.isSimulated)
            .changed(by: fields, at: startedAt)
        if state.facts.status.isEnd { state.endedAt = startedAt.adding(milliseconds: state.facts.durationMS) }
        return NewCall(
            workspaceID: workspaceID, id: request.id, keyID: request.keyID, fingerprint: fingerprint(of: request),
            state: state)
    }

    /// The call of a chat that begins.
    static func chat(_ conversation: StoredConversation, in workspaceID: WorkspaceID) -> NewCall {
        var state = CallState(startedAt: conversation.startedAt, isSimulated: false)
        state.facts.channel = .chat
        state.facts.status = .connected
        state.facts.agentID = conversation.agentID
        state.connectedAt = conversation.startedAt
        var hash = SHA256()
        hash.update(data: Array(conversation.sessionID.utf8))
        hash.update(data: conversation.agentID.encoded())
        return NewCall(
            workspaceID: workspaceID, id: conversation.id, keyID: nil, fingerprint: Array(hash.finalize().prefix(16)),
            state: state)
    }

    /// What makes two requests with one id or key the same: all the rest, as it stands on the bus.
    static func fingerprint(of request: LogCall) -> [UInt8] {
        var writer = MessageWriter(reserving: 512 + request.transcript.utf8.count)
        request.writeContent(to: &writer)
        return Array(SHA256.hash(data: writer.bytes).prefix(16))
    }

    static func fingerprint(of request: RecordCall) -> [UInt8] {
        let content = RecordCall(
            id: CallID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))), fields: request.fields,
            createdAt: request.createdAt, isSimulated: request.isSimulated)
        return Array(SHA256.hash(data: content.encoded()).prefix(16))
    }
}

extension Timestamp {
    fileprivate func adding(milliseconds: Int) -> Timestamp {
        Timestamp(microseconds: microseconds &+ Int64(milliseconds) &* 1000)
    }
}
