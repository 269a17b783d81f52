import Bus

/// A component of the voice pipeline whose latency is measured.
package enum LatencyComponent: Int, Sendable, Codable, CaseIterable {
    case stt = 1
    case llm = 2
    case tts = 3
}

/// One sum that the statistics keep over calls; the raw value is its place in `Measures`.
package enum Measure: Int, Sendable, CaseIterable {
    case calls
    /// Calls that have ended.
    case ended
    case successes
    case failed
    case durationMS
    case costMicros
    case positive
    case neutral
    case negative
    case sttCount
    case sttMicros
    case llmCount
    case llmMicros
    case ttsCount
    case ttsMicros
    /// Calls that are chats, and those of them that have ended.
    case chats
    case endedChats
    /// Calls of which it is known how long the other party waited for answers, and for how long.
    case responses
    case responseMicros
    /// Calls that were rated, and what their ratings of 1–5 add up to.
    case ratings
    case ratingSum
}

/// Sums over some set of calls. All are integers, so that they can be added, taken away and compared exactly.
package struct Measures: BusMessage, Hashable {
    private var values = SIMD32<Int64>.zero

    package init() {}

    package subscript(measure: Measure) -> Int {
        get { Int(values[measure.rawValue]) }
        set { values[measure.rawValue] = Int64(newValue) }
    }

    package static func += (left: inout Measures, right: Measures) {
        left.values &+= right.values
    }

    package static func -= (left: inout Measures, right: Measures) {
        left.values &-= right.values
    }

    package var isZero: Bool { values == .zero }

    /// Successes per ended call, 0–100; 0 without calls.
    package var successPercent: Double {
        self[.ended] > 0 ? Double(self[.successes]) * 100 / Double(self[.ended]) : 0
    }

    package init(from reader: inout MessageReader) throws {
        for measure in Measure.allCases { self[measure] = try reader.read() }
    }

    package func write(to writer: inout MessageWriter) {
        for measure in Measure.allCases { writer.write(self[measure]) }
    }
}

extension Measures: Codable {
    package init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        for measure in Measure.allCases { self[measure] = try container.decode(Int.self) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for measure in Measure.allCases { try container.encode(self[measure]) }
    }
}

/// Which calls a statistic is about.
package enum StatisticsSubject: Sendable, Hashable, Codable {
    case workspace
    case client(ClientID)
    case agent(AgentID)
    case campaign(CampaignID)
    /// Calls of the one in the other.
    case agentInCampaign(AgentID, CampaignID)

    private enum Kind: Int, Codable { case workspace, client, agent, campaign, agentInCampaign }
    private enum CodingKeys: CodingKey { case kind, id, other }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func id<Entity>(_ key: CodingKeys) throws -> Identifier<Entity> {
            try container.decode(Identifier<Entity>.self, forKey: key)
        }
        switch try container.decode(Kind.self, forKey: .kind) {
        case .workspace: self = .workspace
        case .client: self = .client(try id(.id))
        case .agent: self = .agent(try id(.id))
        case .campaign: self = .campaign(try id(.id))
        case .agentInCampaign: self = .agentInCampaign(try id(.id), try id(.other))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func encode<Entity>(_ kind: Kind, _ id: Identifier<Entity>) throws {
            try container.encode(kind, forKey: .kind)
            try container.encode(id, forKey: .id)
        }
        switch self {
        case .workspace: try container.encode(Kind.workspace, forKey: .kind)
        case .client(let id): try encode(.client, id)
        case .agent(let id): try encode(.agent, id)
        case .campaign(let id): try encode(.campaign, id)
        case .agentInCampaign(let agent, let campaign):
            try encode(.agentInCampaign, agent)
            try container.encode(campaign, forKey: .other)
        }
    }
}
