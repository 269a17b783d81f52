import Bus
import Contracts
import GatewayHTTP

/// Statistics of a period, of each agent, and of this moment.
enum AnalyticsRoutes {
    static let routes: [Route] = [
        .get(
            "analytics/overview", needs: .readCalls, "A period against the one before", query: AnalyticsPeriod.query,
            priority: .statistics
        ) {
            OverviewBody(period: try await AnalyticsPeriod.of($0))
        },
        .get(
            "analytics/metrics", needs: .readCalls, "How many calls and chats, point by point",
            query: AnalyticsPeriod.query, priority: .statistics
        ) {
            MetricsBody(period: try await AnalyticsPeriod.of($0))
        },
        .get(
            "analytics/performance", needs: .readCalls, "How well they went, point by point",
            query: AnalyticsPeriod.query, priority: .statistics
        ) {
            PerformanceBody(period: try await AnalyticsPeriod.of($0))
        },
        .get(
            "analytics/agents/comparison", needs: .readCalls, "What each agent has done", priority: .statistics,
            show: ComparisonBody.all),
        .get(
            "analytics/realtime", needs: .readCalls, "What goes on at this moment", priority: .statistics,
            show: RealtimeBody.now),
    ]
}
