import Bus

/// How the other party's words were taken.
package enum Sentiment: String, Sendable, Codable, CaseIterable {
    case positive
    case neutral
    case negative
}

/// How a call is held.
package enum CallChannel: String, Sendable, Codable, CaseIterable {
    case phone
    case chat
}

/// Where a call is in its life; it only moves forward, and `completed` and `failed` are ends.
package enum CallStatus: String, Sendable, Codable, CaseIterable {
    case initiated
    case ringing
    case connected
    case completed
    case failed

    package var isEnd: Bool { self == .completed || self == .failed }
}

/// Why a call ended, the same over all carriers.
package enum EndCategory: String, Sendable, Codable, CaseIterable {
    case completed
    case busy
    case noAnswer = "no_answer"
    case voicemail
    case rejected
    case invalidNumber = "invalid_number"
    case carrierError = "carrier_error"
    case agentError = "agent_error"
    case cancelled
}

/// How long each component of the voice pipeline took, in microseconds; nil where it was not measured.
package struct ComponentLatencies: Sendable, Codable, Equatable {
    package var sttMicros: Int?
    package var llmMicros: Int?
    package var ttsMicros: Int?

    package init(sttMicros: Int? = nil, llmMicros: Int? = nil, ttsMicros: Int? = nil) {
        self.sttMicros = sttMicros
        self.llmMicros = llmMicros
        self.ttsMicros = ttsMicros
    }
}

/// What the statistics know of a call: all that they count, and nothing else.
package struct CallFacts: BusMessage, Codable, Equatable {
    /// Longer phrases are not counted: no index could hold them.
    package static let mostPhraseBytes = 1000

    package var clientID: ClientID?
    package var agentID: AgentID?
    package var campaignID: CampaignID?
    package var channel: CallChannel
    package var status: CallStatus
    package var success: Bool
    package var sentiment: Sentiment
    package var durationMS: Int
    package var latencies: ComponentLatencies
    package var costMicros: Int
    package var endCategory: EndCategory?
    package var isSimulated: Bool
    package var createdAt: Timestamp
    /// What was talked of, each once, in the form in which spellings of one phrase are equal.
    package var phrases: [String]
    /// 1–5, by the other party; nil when nobody rated it.
    package var rating: Int?

    package init(
        clientID: ClientID?, agentID: AgentID?, campaignID: CampaignID?, channel: CallChannel, status: CallStatus,
        success: Bool, sentiment: Sentiment, durationMS: Int, latencies: ComponentLatencies, costMicros: Int,
        endCategory: EndCategory?, isSimulated: Bool, createdAt: Timestamp,
        phrases: [String] = [], rating: Int? = nil
    ) {
        self.clientID = clientID
        self.agentID = agentID
        self.campaignID = campaignID
        self.channel = channel
        self.status = status
        self.success = success
        self.sentiment = sentiment
        self.durationMS = durationMS
        self.latencies = latencies
        self.costMicros = costMicros
        self.endCategory = endCategory
        self.isSimulated = isSimulated
        self.createdAt = createdAt
        self.phrases = phrases
        self.rating = rating
    }

    package init(from reader: inout MessageReader) throws {
        clientID = try reader.readOptional(ClientID.self)
        agentID = try reader.readOptional(AgentID.self)
        campaignID = try reader.readOptional(CampaignID.self)
        channel = try reader.readCase()
        status = try reader.readCase()
        success = try reader.read()
        sentiment = try reader.readCase()
        durationMS = try reader.read()
        latencies = ComponentLatencies(
            sttMicros: try reader.readOptional(Int.self), llmMicros: try reader.readOptional(Int.self),
            ttsMicros: try reader.readOptional(Int.self))
        costMicros = try reader.read()
        endCategory = try reader.readOptional { try $0.readCase() }
        isSimulated = try reader.read()
        createdAt = try reader.read()
        phrases = try (0..<reader.readCount()).map { _ in try reader.read() }
        rating = try reader.readOptional(Int.self)
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(optional: clientID)
        writer.write(optional: agentID)
        writer.write(optional: campaignID)
        writer.write(case: channel)
        writer.write(case: status)
        writer.write(success)
        writer.write(case: sentiment)
        writer.write(durationMS)
        writer.write(optional: latencies.sttMicros)
        writer.write(optional: latencies.llmMicros)
        writer.write(optional: latencies.ttsMicros)
        writer.write(costMicros)
        writer.write(optional: endCategory) { $0.write(case: $1) }
        writer.write(isSimulated)
        writer.write(createdAt)
        writer.write(count: phrases.count)
        for phrase in phrases { writer.write(phrase) }
        writer.write(optional: rating)
    }
}

extension MessageWriter {
    /// One byte: the position of the case in its declaration.
    mutating func write<Kind: CaseIterable & Equatable>(case value: Kind) {
        let index = Kind.allCases.firstIndex(of: value).map {
            Kind.allCases.distance(from: Kind.allCases.startIndex, to: $0)
        }
        write(UInt8(index ?? 0))
    }
}

extension MessageReader {
    mutating func readCase<Kind: CaseIterable>() throws -> Kind {
        let index = Int(try read(UInt8.self))
        guard index < Kind.allCases.count else { throw MalformedMessage("\(index) is no case of \(Kind.self)") }
        return Kind.allCases[Kind.allCases.index(Kind.allCases.startIndex, offsetBy: index)]
    }
}
