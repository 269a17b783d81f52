import Bus
import Contracts
import Crypto
import Foundation

/// A call that is complete when it is first heard of, ready to be stored. A class, since it goes through many hands.
final class FinishedCall: Sendable {
    let workspaceID: WorkspaceID
    let id: CallID
    /// What the request's idempotency key stands for, if it had one.
    let keyID: CallID?
    /// Of the request without its id and its key: 16 bytes.
    let fingerprint: [UInt8]
    let facts: CallFacts
    let otherPartyPhone: String
    let otherPartyName: String
    let transcript: String
    let recordingURL: String?
    let notes: String?

    init(
        workspaceID: WorkspaceID, id: CallID, keyID: CallID?, fingerprint: [UInt8], facts: CallFacts,
        otherPartyPhone: String, otherPartyName: String, transcript: String, recordingURL: String?, notes: String?
    ) {
        self.workspaceID = workspaceID
        self.id = id
        self.keyID = keyID
        self.fingerprint = fingerprint
        self.facts = facts
        self.otherPartyPhone = otherPartyPhone
        self.otherPartyName = otherPartyName
        self.transcript = transcript
        self.recordingURL = recordingURL
        self.notes = notes
    }

    /// Roughly the bytes that it takes in memory and on the way to PostgreSQL.
    var size: Int { 512 + transcript.utf8.count + (notes?.utf8.count ?? 0) }

    /// A call as it was logged, checked.
    /// - Parameter agentID: the agent that the client names.
    /// - Throws: `.inputInvalid` for a value outside of its range.
    static func logged(
        _ request: LogCall, in workspaceID: WorkspaceID, agentID: AgentID?, at now: Timestamp
    ) throws -> FinishedCall {
        try CallLimits.check(request, at: now)
        let facts = CallFacts(
            clientID: request.clientID, agentID: agentID, campaignID: nil, channel: .phone, status: .completed,
            success: request.success, sentiment: request.sentiment, durationMS: request.durationMS,
            latencies: request.latencies, costMicros: 0, endCategory: .completed, isSimulated: false,
            createdAt: request.createdAt ?? now)
        return FinishedCall(
            workspaceID: workspaceID, id: request.id, keyID: request.keyID, fingerprint: fingerprint(of: request),
            facts: facts,
            otherPartyPhone: request.callerPhone, otherPartyName: request.callerName, transcript: request.transcript,
            recordingURL: request.recordingURL, notes: request.notes)
    }

    /// What makes two requests with one id or key the same: all the rest, as it stands on the bus.
    static func fingerprint(of request: LogCall) -> [UInt8] {
        var writer = MessageWriter(reserving: 512 + request.transcript.utf8.count)
        request.writeContent(to: &writer)
        return Array(SHA256.hash(data: writer.bytes).prefix(16))
    }

    /// When it ended: its begin and its duration.
    var endedAt: Timestamp {
        Timestamp(microseconds: facts.createdAt.microseconds &+ Int64(facts.durationMS) &* 1000)
    }
}
