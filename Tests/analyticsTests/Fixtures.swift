import Bus
import Contracts
import Foundation
import Logging

@testable import analytics

let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Random numbers that are the same for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func uuid() -> UUID {
        let (high, low) = (next(), next())
        return UUID(uuid: unsafeBitCast((high.bigEndian, low.bigEndian), to: uuid_t.self))
    }
}

/// A few subjects, so that calls meet in them.
struct Cast {
    let workspaces: [WorkspaceID]
    let clients: [ClientID?]
    let agents: [AgentID?]
    let campaigns: [CampaignID?]

    init(_ generator: inout SeededGenerator) {
        workspaces = (0..<3).map { _ in WorkspaceID(generator.uuid()) }
        clients = [nil] + (0..<3).map { _ in ClientID(generator.uuid()) }
        agents = [nil] + (0..<2).map { _ in AgentID(generator.uuid()) }
        campaigns = [nil, CampaignID(generator.uuid())]
    }
}

extension CallFacts {
    static func random(_ cast: Cast, _ generator: inout SeededGenerator) -> CallFacts {
        func latency() -> Int? {
            Bool.random(using: &generator) ? Int.random(in: 0...5_000_000, using: &generator) : nil
        }
        return CallFacts(
            clientID: cast.clients.randomElement(using: &generator) ?? nil,
            agentID: cast.agents.randomElement(using: &generator) ?? nil,
            campaignID: cast.campaigns.randomElement(using: &generator) ?? nil,
            channel: .phone, status: CallStatus.allCases.randomElement(using: &generator) ?? .completed,
            success: Bool.random(using: &generator),
            sentiment: Sentiment.allCases.randomElement(using: &generator) ?? .neutral,
            durationMS: Int.random(in: 0...600_000, using: &generator),
            latencies: ComponentLatencies(sttMicros: latency(), llmMicros: latency(), ttsMicros: latency()),
            costMicros: Int.random(in: 0...100_000, using: &generator), endCategory: nil, isSimulated: false,
            createdAt: Timestamp(
                microseconds: Int64.random(in: 1_770_000_000_000_000...1_770_600_000_000_000, using: &generator)))
    }
}
