import Bus
import Contracts

/// All that is kept of a call but its identity.
struct CallState: Sendable, Equatable {
    var facts: CallFacts
    var otherPartyPhone: String
    var otherPartyName: String
    var transcript: String
    var recordingURL: String?
    var notes: String?
    /// The carrier's own code of why it ended.
    var endCode: String?
    var connectedAt: Timestamp?
    /// Nil while it runs.
    var endedAt: Timestamp?
    /// Somebody said whether it was a success; else its status does.
    var isSuccessStated = false
    /// Somebody said what the sentiment was; else what was said may tell.
    var isSentimentStated = true
    var details = CallDetails()

    /// The form in which spellings of one number are equal; empty for what is no number.
    var otherPartyPhoneKey: String { PhoneNumber(otherPartyPhone)?.normalised ?? "" }

    /// Whether there is anything to keep beside what every call has.
    var hasDetails: Bool {
        details != CallDetails() || connectedAt != nil || isSuccessStated || !isSentimentStated
            || !facts.phrases.isEmpty
    }

    func record(id: CallID, version: Int, clientName: String?, clientPhone: String?) -> CallRecord {
        CallRecord(
            id: id, facts: facts, clientName: clientName, clientPhone: clientPhone, otherPartyPhone: otherPartyPhone,
            otherPartyName: otherPartyName, transcript: transcript, recordingURL: recordingURL, notes: notes,
            carrierEndCode: endCode, endedAt: endedAt, version: version, details: details)
    }
}

extension CallState {
    /// A call that begins at a moment, of which nothing is known yet.
    init(startedAt: Timestamp, isSimulated: Bool) {
        facts = CallFacts(
            clientID: nil, agentID: nil, campaignID: nil, channel: .phone, status: .initiated, success: false,
            sentiment: .neutral, durationMS: 0, latencies: ComponentLatencies(), costMicros: 0, endCategory: nil,
            isSimulated: isSimulated, createdAt: startedAt)
        otherPartyPhone = ""
        otherPartyName = ""
        transcript = ""
        isSentimentStated = false
    }

    /// This call after what was said of it; the same when it says nothing new.
    /// - Throws: `.statusBackwards`; `.inputInvalid` for an end that its status does not have.
    func changed(by fields: CallFields, at now: Timestamp) throws(Fault) -> CallState {
        var next = self
        if let value = fields.clientID { next.facts.clientID = value }
        if let value = fields.agentID { next.facts.agentID = value }
        if let value = fields.campaignID { next.facts.campaignID = value }
        if let value = fields.phoneNumber { next.otherPartyPhone = value.trimmed }
        if let value = fields.otherPartyName { next.otherPartyName = value }
        if let value = fields.sentiment {
            next.facts.sentiment = value
            next.isSentimentStated = true
        }
        if let value = fields.costMicros { next.facts.costMicros = value }
        if let value = fields.transcript { next.transcript = value }
        if let value = fields.recordingURL { next.recordingURL = value }
        if let value = fields.rating { next.facts.rating = value }
        if let value = fields.latencies { next.facts.latencies.take(value) }
        next.describe(by: fields)
        try next.move(by: fields, at: now)
        return next
    }

    private mutating func describe(by fields: CallFields) {
        if let value = fields.callerID { details.callerID = value.trimmed }
        if let value = fields.summary { details.summary = value }
        if let value = fields.emotions { details.emotions = value }
        if let value = fields.keyPhrases {
            details.keyPhrases = value
            facts.phrases = Phrase.keys(of: value)
        }
        if let value = fields.errorMessage { details.errorMessage = value }
        if let value = fields.analysis { details.analysis = value }
    }

    /// Status, success, duration and end, which depend on one another.
    private mutating func move(by fields: CallFields, at now: Timestamp) throws(Fault) {
        let before = facts.status
        if let status = fields.status {
            guard before.canBecome(status) else {
                throw Fault(
                    .statusBackwards, "A call that is \(before.rawValue) does not become \(status.rawValue)",
                    field: "status")
            }
            facts.status = status
        }
        let moment = max(now, facts.createdAt)
        if facts.status == .connected, connectedAt == nil { connectedAt = moment }
        if let durationMS = fields.durationMS { facts.durationMS = durationMS }
        if facts.status.isEnd, !before.isEnd {
            if fields.durationMS == nil, facts.durationMS == 0, let connectedAt {
                facts.durationMS = min(
                    Int((moment.microseconds - connectedAt.microseconds) / 1000), CallLimits.durationMS)
            }
            endedAt = moment
            facts.endCategory = fields.endCategory ?? (facts.status == .completed ? .completed : .agentError)
        } else if let category = fields.endCategory, facts.status.isEnd {
            facts.endCategory = category
        }
        if let category = fields.endCategory, !facts.status.mayEnd(as: category) {
            let said = facts.status.isEnd ? "does not go with" : "is only known of a call that has ended, not"
            throw Fault(
                .inputInvalid, "end_category \(category.rawValue) \(said) \(facts.status.rawValue)",
                field: "end_category")
        }
        if let code = fields.endCode { endCode = code }
        if let success = fields.success {
            facts.success = success
            isSuccessStated = true
        } else if !isSuccessStated {
            facts.success = facts.status == .completed
        }
    }
}

extension CallStatus {
    /// Only forward; the same again is no move. The two ends do not follow one another.
    func canBecome(_ next: CallStatus) -> Bool {
        next == self || (!isEnd && next.rank > rank)
    }

    /// Whether a call in this state can have ended so. What a machine took is completed all the same.
    func mayEnd(as category: EndCategory) -> Bool {
        switch self {
        case .initiated, .ringing, .connected: false
        case .completed: category == .completed || category == .voicemail
        case .failed: category != .completed
        }
    }

    private var rank: Int {
        switch self {
        case .initiated: 0
        case .ringing: 1
        case .connected: 2
        case .completed, .failed: 3
        }
    }
}

extension ComponentLatencies {
    /// Takes over what the other one knows.
    fileprivate mutating func take(_ other: ComponentLatencies) {
        sttMicros = other.sttMicros ?? sttMicros
        llmMicros = other.llmMicros ?? llmMicros
        ttsMicros = other.ttsMicros ?? ttsMicros
    }
}

/// Phrases as statistics count them.
enum Phrase {
    /// Lower case, single spaces, each once, in the order of their first mention; blank ones are left out.
    static func keys(of phrases: [String]) -> [String] {
        var seen: Set<String> = []
        return phrases.compactMap { phrase in
            let key = phrase.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return key.isEmpty || !seen.insert(key).inserted ? nil : key
        }
    }
}
