import Bus
import Contracts
import GatewayHTTP

struct CallTotalsBody: JSONShown {
    static let schema = Schema.object([
        .always("total_calls", .integer(from: 0, example: 1250)),
        .always("completed_calls", .integer(from: 0, example: 1200)),
        .always("failed_calls", .integer(from: 0, example: 50)),
        .always("average_duration", .number(from: 0, example: 180)),
        .always("success_rate", .number(from: 0, through: 100, example: 96)),
        .always("cost_per_call", .number(from: 0, example: 0.45)),
    ])

    let measures: Measures

    func write(to json: inout JSONWriter) {
        json.field("total_calls", measures[.calls])
        json.field("completed_calls", measures.completed)
        json.field("failed_calls", measures[.failed])
        json.field("average_duration", secondsOfMS: measures.averageDurationMS)
        json.field("success_rate", tenths: measures.successTenths)
        json.name("cost_per_call")
        json.decimal(measures.costPerCallMicros, places: 6)
    }
}

struct SentimentBody: JSONShown {
    static let schema = Schema.object([
        .always("positive", .integer(from: 0, example: 850)), .always("neutral", .integer(from: 0, example: 300)),
        .always("negative", .integer(from: 0, example: 100)),
        .always("positive_percentage", .number(from: 0, through: 100, example: 68)),
        .always("neutral_percentage", .number(from: 0, through: 100, example: 24)),
        .always("negative_percentage", .number(from: 0, through: 100, example: 8)),
    ])

    let measures: Measures

    func write(to json: inout JSONWriter) {
        json.field("positive", measures[.positive])
        json.field("neutral", measures[.neutral])
        json.field("negative", measures[.negative])
        let shares = Self.tenths(of: [measures[.positive], measures[.neutral], measures[.negative]])
        json.field("positive_percentage", tenths: shares[0])
        json.field("neutral_percentage", tenths: shares[1])
        json.field("negative_percentage", tenths: shares[2])
    }

    /// Shares in tenths of a percent that add up to 100.0: what is left by cutting goes to the largest remainders.
    static func tenths(of counts: [Int]) -> [Int] {
        let sum = counts.reduce(0, +)
        guard sum > 0 else { return counts.map { _ in 0 } }
        var shares = counts.map { $0 * 1000 / sum }
        let remainders = counts.map { $0 * 1000 % sum }
        let order = counts.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
        for index in order.prefix(1000 - shares.reduce(0, +)) { shares[index] += 1 }
        return shares
    }
}

struct PhraseBody: JSONShown {
    static let schema = Schema.object([
        .always("phrase", .text(example: "billing issue")), .always("count", .integer(from: 1, example: 234)),
        .always(
            "frequency", Schema.number(from: 0, through: 100, example: 18.7).described("Percent of the calls.")),
    ])

    let phrase: TopPhrases.Phrase
    let calls: Int

    static func top(_ input: RouteInput) async throws -> [PhraseBody] {
        let filter = try AnalyticsFilter(input)
        let limit = try input.query.clamped("limit", default: 20, from: 1, through: 1000)
        let top = try await input.ask(GetTopPhrases(about: filter.about, days: filter.days, limit: limit))
        return top.phrases.map { PhraseBody(phrase: $0, calls: top.calls) }
    }

    func write(to json: inout JSONWriter) {
        json.field("phrase", phrase.text)
        json.field("count", phrase.count)
        json.field("frequency", tenths: calls > 0 ? min(1000, (phrase.count * 1000 + calls / 2) / calls) : 0)
    }
}

struct AgentPerformanceBody: JSONShown {
    private static let percentiles = Schema.object([
        .always("p50", .number(from: 0)), .always("p95", .number(from: 0)), .always("p99", .number(from: 0)),
    ])

    static let schema = Schema.object([
        .always("agent_id", .uuid), .always("agent_name", .text(example: "Sales Agent")),
        .always("total_calls", .integer(from: 0)), .always("completed_calls", .integer(from: 0)),
        .always("failed_calls", .integer(from: 0)), .always("success_rate", .number(from: 0, through: 100)),
        .always("average_duration", .number(from: 0)), .always("cost_per_call", .number(from: 0)),
        .always("sentiment", SentimentBody.schema),
        .always(
            "latency_ms",
            .object([.always("stt", percentiles), .always("llm", percentiles), .always("tts", percentiles)])),
    ])

    let agent: AgentRecord
    let totals: Totals

    static func all(_ input: RouteInput) async throws -> [AgentPerformanceBody] {
        let filter = try AnalyticsFilter(input)
        let agents = try await agents(filter.agentID, input)
        let about = agents.map { agent -> StatisticsSubject in
            filter.campaignID.map { .agentInCampaign(agent.id, $0) } ?? .agent(agent.id)
        }
        let totals = try await input.ask(ListTotals(about: about, days: filter.days)).totals
        return zip(agents, totals).map { AgentPerformanceBody(agent: $0, totals: $1) }
    }

    /// The one that is asked for, or all; of an id that is nobody's there is none.
    private static func agents(_ id: AgentID?, _ input: RouteInput) async throws -> [AgentRecord] {
        if let id {
            do {
                return [try await input.ask(GetAgent(id: id))]
            } catch let fault as Fault where fault.entry == .agentNotFound {
                return []
            }
        }
        return try await input.allAgents(from: nil).agents
    }

    func write(to json: inout JSONWriter) {
        json.field("agent_id", agent.id)
        json.field("agent_name", agent.name)
        CallTotalsBody(measures: totals.measures).write(to: &json)
        json.field("sentiment", shown: SentimentBody(measures: totals.measures))
        json.field(
            "latency_ms",
            object: { json in
                json.field("stt", object: { Self.write(totals.stt, to: &$0) })
                json.field("llm", object: { Self.write(totals.llm, to: &$0) })
                json.field("tts", object: { Self.write(totals.tts, to: &$0) })
            })
    }

    private static func write(_ percentiles: LatencyPercentiles, to json: inout JSONWriter) {
        json.field("p50", millisecondsOfMicros: percentiles.p50Micros)
        json.field("p95", millisecondsOfMicros: percentiles.p95Micros)
        json.field("p99", millisecondsOfMicros: percentiles.p99Micros)
    }
}

struct CampaignStatsBody: JSONShown {
    static let schema = Schema.object([
        .always("campaign_id", .uuid), .always("name", .text(example: "Q1 Sales Campaign")),
        .always("status", .text(among: CampaignStatus.allCases.map(\.rawValue))),
        .always("total_numbers", .integer(from: 0)), .always("pending", .integer(from: 0)),
        .always("in_progress", .integer(from: 0)), .always("completed", .integer(from: 0)),
        .always("failed", .integer(from: 0)), .always("retries", .integer(from: 0)),
        .always("success_rate", .number(from: 0, through: 100)), .always("average_duration", .number(from: 0)),
        .always("total_cost", .number(from: 0)),
    ])

    let campaign: CampaignRecord
    let measures: Measures

    static func all(_ input: RouteInput) async throws -> [CampaignStatsBody] {
        let filter = try AnalyticsFilter(input)
        let campaigns = try await input.ask(
            ListCampaignStats(agentID: filter.agentID, campaignID: filter.campaignID)
        ).campaigns
        let about = campaigns.map { StatisticsSubject.campaign($0.id) }
        let totals = try await input.ask(ListTotals(about: about, days: filter.days)).totals
        return zip(campaigns, totals).map { CampaignStatsBody(campaign: $0, measures: $1.measures) }
    }

    func write(to json: inout JSONWriter) {
        json.field("campaign_id", campaign.id)
        json.field("name", campaign.name)
        json.field("status", campaign.status.rawValue)
        json.field("total_numbers", campaign.counts.total)
        json.field("pending", campaign.counts.pending)
        json.field("in_progress", campaign.counts.inProgress)
        json.field("completed", campaign.counts.completed)
        json.field("failed", campaign.counts.failed)
        json.field("retries", campaign.counts.retries)
        json.field("success_rate", tenths: measures.successTenths)
        json.field("average_duration", secondsOfMS: measures.averageDurationMS)
        json.name("total_cost")
        json.decimal(measures[.costMicros], places: 6)
    }
}
