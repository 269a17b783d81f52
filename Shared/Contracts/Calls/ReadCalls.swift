import Bus

/// One call with all that is known of it.
package struct CallRecord: BusMessage, Codable, Equatable {
    package var id: CallID
    package var facts: CallFacts
    /// Nil when the call has no client; kept when the client is deleted.
    package var clientName: String?
    package var clientPhone: String?
    /// Nil when no agent made or took the call; kept when the agent is deleted.
    package var agentName: String?
    /// As it was given; empty when not known.
    package var otherPartyPhone: String
    package var otherPartyName: String
    package var transcript: String
    package var recordingURL: String?
    package var notes: String?
    /// The carrier's own code of why it ended.
    package var carrierEndCode: String?
    /// Nil while it runs.
    package var endedAt: Timestamp?
    /// Grows by one with each change.
    package var version: Int
    /// When it last changed; when it began, before the first change.
    package var updatedAt: Timestamp
    package var details: CallDetails
    /// Whether its recording is kept here; told where long texts are.
    package var isRecorded = false
    /// A human was asked for.
    package var isEscalated = false
    /// Where the words of a search stand, marked by `**`.
    package var snippet: String?

    package init(
        id: CallID, facts: CallFacts, clientName: String?, clientPhone: String?, otherPartyPhone: String,
        otherPartyName: String, transcript: String, recordingURL: String?, notes: String?, carrierEndCode: String?,
        endedAt: Timestamp?, version: Int,
        details: CallDetails = CallDetails()
    ) {
        self.id = id
        self.facts = facts
        self.clientName = clientName
        self.clientPhone = clientPhone
        self.otherPartyPhone = otherPartyPhone
        self.otherPartyName = otherPartyName
        self.transcript = transcript
        self.recordingURL = recordingURL
        self.notes = notes
        self.carrierEndCode = carrierEndCode
        self.endedAt = endedAt
        self.version = version
        self.updatedAt = facts.createdAt
        self.details = details
    }
}

extension CallRecord {
    package init(from reader: inout MessageReader) throws {
        id = try reader.read()
        facts = try reader.read()
        clientName = try reader.readOptional(String.self)
        clientPhone = try reader.readOptional(String.self)
        agentName = try reader.readOptional(String.self)
        otherPartyPhone = try reader.read()
        otherPartyName = try reader.read()
        transcript = try reader.read()
        recordingURL = try reader.readOptional(String.self)
        notes = try reader.readOptional(String.self)
        carrierEndCode = try reader.readOptional(String.self)
        endedAt = try reader.readOptional(Timestamp.self)
        version = try reader.read()
        updatedAt = try reader.read()
        details = try CallDetails(from: &reader)
        isRecorded = try reader.read()
        isEscalated = try reader.read()
        snippet = try reader.readOptional(String.self)
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(id)
        writer.write(facts)
        writer.write(optional: clientName)
        writer.write(optional: clientPhone)
        writer.write(optional: agentName)
        writer.write(otherPartyPhone)
        writer.write(otherPartyName)
        writer.write(transcript)
        writer.write(optional: recordingURL)
        writer.write(optional: notes)
        writer.write(optional: carrierEndCode)
        writer.write(optional: endedAt)
        writer.write(version)
        writer.write(updatedAt)
        details.write(to: &writer)
        writer.write(isRecorded)
        writer.write(isEscalated)
        writer.write(optional: snippet)
    }
}

/// One call of the caller's workspace.
/// - Faults: `.callNotFound`.
package struct GetCall: BusRequest, Codable {
    package static let subject: Subject = "calls.get-call.v1"
    package static let isRepeatable = true
    package typealias Reply = CallRecord

    package var id: CallID

    package init(id: CallID) {
        self.id = id
    }
}

/// Calls of the caller's workspace, newest first, stable under inserts. With a search the best of the newest 1000 that fit
/// come first; a call is found a moment after it was stored, by the first 150 000 characters of its transcript.
package struct ListCalls: BusRequest, Codable, Equatable {
    package static let subject: Subject = "calls.list-calls.v1"
    package static let isRepeatable = true
    package typealias Reply = CallPage

    package var clientID: ClientID?
    package var agentID: AgentID?
    package var campaignID: CampaignID?
    /// One of these; empty: any.
    package var statuses: [CallStatus]
    package var channel: CallChannel?
    /// Whether a human was asked for; nil: either.
    package var isEscalated: Bool?
    /// Of the other party, in any spelling.
    package var phoneNumber: String?
    /// Words in the transcript, the summary, the phrases, the name or the number; `"next to one another"`, `-without`.
    package var search: String?
    /// The first and the last UTC day, both included; nil: no bound.
    package var from: CalendarDay?
    package var through: CalendarDay?
    /// 1–1000.
    package var limit: Int
    /// 0 or more; how many to leave out. Ignored with a cursor.
    package var offset: Int
    /// Goes on after the call that the cursor names; costs the same at any depth.
    package var after: PageCursor?
    /// Which long texts come with the calls; a page must fit one message.
    package var texts: Texts
    /// Count all that the filter lets through.
    package var wantsTotal: Bool

    package enum Texts: String, Sendable, Codable {
        /// As many calls as may be asked for fit a message.
        case none
        case notes
        /// Notes, summaries and transcripts: the page is cut where they become too many.
        case all
    }

    package init(
        clientID: ClientID? = nil, from: CalendarDay? = nil, through: CalendarDay? = nil, limit: Int, offset: Int = 0,
        after: PageCursor? = nil, texts: Texts = .none, wantsTotal: Bool = true, agentID: AgentID? = nil,
        campaignID: CampaignID? = nil, statuses: [CallStatus] = [], channel: CallChannel? = nil,
        isEscalated: Bool? = nil, phoneNumber: String? = nil, search: String? = nil
    ) {
        self.clientID = clientID
        self.agentID = agentID
        self.campaignID = campaignID
        self.statuses = statuses
        self.channel = channel
        self.isEscalated = isEscalated
        self.phoneNumber = phoneNumber
        self.search = search
        self.from = from
        self.through = through
        self.limit = limit
        self.offset = offset
        self.after = after
        self.texts = texts
        self.wantsTotal = wantsTotal
    }
}

package struct CallPage: BusMessage, Codable, Equatable {
    package var calls: [CallRecord]
    /// All calls that the filter lets through; 0 when it was not asked for.
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(calls: [CallRecord], total: Int, next: PageCursor?) {
        self.calls = calls
        self.total = total
        self.next = next
    }

    package init(from reader: inout MessageReader) throws {
        calls = try (0..<reader.readCount()).map { _ in try CallRecord(from: &reader) }
        total = try reader.read()
        next = try reader.readOptional { PageCursor(at: try $0.read(), id: try $0.read()) }
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(count: calls.count)
        for call in calls { call.write(to: &writer) }
        writer.write(total)
        writer.write(optional: next) { writer, cursor in
            writer.write(cursor.at)
            writer.write(cursor.id)
        }
    }
}
