import Bus
import Contracts
import GatewayHTTP

/// Statistics.
enum AnalyticsRoutes {
    static let routes: [Route] = [
        .get(
            "analytics/calls", needs: .readCalls, "Totals of calls", query: AnalyticsFilter.query,
            priority: .statistics
        ) {
            CallTotalsBody(measures: try await AnalyticsFilter($0).totals($0))
        },
        .get(
            "analytics/sentiment", needs: .readCalls, "How many calls have which sentiment",
            query: AnalyticsFilter.query, priority: .statistics
        ) {
            SentimentBody(measures: try await AnalyticsFilter($0).totals($0))
        },
        .list(
            "analytics/top-phrases", needs: .readCalls, "The phrases that were talked of in most calls",
            query: AnalyticsFilter.query + [
                QueryParameter("limit", .integer(from: 1, through: 1000), "How many at most; 20 when absent.")
            ], priority: .statistics, show: PhraseBody.top),
        .list(
            "analytics/agent-performance", needs: .readCalls,
            "Totals of each agent, and its latencies of all time", query: AnalyticsFilter.query,
            priority: .statistics, show: AgentPerformanceBody.all),
        .list(
            "analytics/campaign-stats", needs: .readCalls,
            "How far each campaign is, and what its calls of those days add up to", query: AnalyticsFilter.query,
            priority: .statistics, show: CampaignStatsBody.all),
    ]
}

/// Which calls a statistic is about, as the query says it.
struct AnalyticsFilter {
    static let query = [
        QueryParameter("agent_id", .uuid, "Only calls of this agent."),
        QueryParameter("campaign_id", .uuid, "Only calls of this campaign."),
        QueryParameter(
            "days", .integer(from: 1, through: 3660), "Only the last so many UTC days with today; all time when absent."
        ),
    ]

    let agentID: AgentID?
    let campaignID: CampaignID?
    let days: DayRange?

    var about: StatisticsSubject {
        switch (agentID, campaignID) {
        case (nil, nil): .workspace
        case (let agent?, nil): .agent(agent)
        case (nil, let campaign?): .campaign(campaign)
        case (let agent?, let campaign?): .agentInCampaign(agent, campaign)
        }
    }

    init(_ input: RouteInput) throws {
        agentID = try input.query.id("agent_id", orElse: .agentNotFound)
        campaignID = try input.query.id("campaign_id", orElse: .campaignNotFound)
        days =
            input.query["days"] == nil
            ? nil : DayRange.last(try input.query.integer("days", default: 30, in: 1...3660))
    }

    func totals(_ input: RouteInput) async throws -> Measures {
        try await input.ask(GetTotals(about: about, days: days)).measures
    }
}
