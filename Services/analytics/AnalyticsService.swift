import Bus
import Contracts
import Postgres
import ServiceHost
import ServiceLifecycle
import ServiceRuntime

/// Statistics, filled from the events of others: what this service answers, listens to and does.
enum AnalyticsService {
    static let definition = ServiceDefinition(
        name: "analytics", settings: [verifyIntervalMinutes, feedHours, feedEntries], migrations: migrations,
        commands: ["verify": verify], build: build)

    static let verifyIntervalMinutes = Setting<Int>(
        name: "VERIFY_INTERVAL_MINUTES", default: 60, range: 0...10_080,
        summary: "how often the statistics are compared with a recompute of the calls; 0 never")

    static let feedHours = Setting<Int>(
        name: "FEED_HOURS", default: 24, range: 1...720,
        summary: "how long what happened is kept for live connections that come back, in hours")
    static let feedEntries = Setting<Int>(
        name: "FEED_ENTRIES", default: 10_000, range: 100...1_000_000,
        summary: "how many entries of each workspace's live feed are kept for live connections that come back")

    static let migrations = [
        (name: "0002_create_rollups.sql", sql: PackageResources._002_create_rollups_sql),
        (name: "0003_count_phrases.sql", sql: PackageResources._003_count_phrases_sql),
        (name: "0004_count_chats.sql", sql: PackageResources._004_count_chats_sql),
        (name: "0005_count_hours.sql", sql: PackageResources._005_count_hours_sql),
        (name: "0006_count_ratings.sql", sql: PackageResources._006_count_ratings_sql),
        (name: "0007_create_feed.sql", sql: PackageResources._007_create_feed_sql),
    ]

    @Sendable private static func build(_ host: ServiceHost) -> [any Service] {
        let statistics = PostgresStatisticsRepository(database: host.database, jobs: host.jobs)

        let totals = GetTotalsHandler(statistics: statistics)
        host.serve(GetTotals.self, totals.handle)
        host.serve(ListTotals.self, totals.handle)
        host.serve(GetTopPhrases.self, GetTopPhrasesHandler(statistics: statistics).handle)
        host.serve(GetDailyTotals.self, GetDailyTotalsHandler(statistics: statistics).handle)
        host.serve(GetHourlyTotals.self, GetHourlyTotalsHandler(statistics: statistics).handle)
        host.serveEvents(of: AnalyticsEvents.self)

        let followers: [any Service] = [
            follower(of: CallsEvents.self, into: statistics, host),
            follower(of: AgentsEvents.self, into: statistics, host),
        ]
        return followers + feed(host) + backgroundChecks(of: statistics, host)
    }

    private static func feed(_ host: ServiceHost) -> [any Service] {
        let kept = PostgresFeedRepository(database: host.database, jobs: host.jobs)
        let feeds: any FeedRepository = PlantedFeedRepository(feeds: kept) ?? kept
        let reading = ReadFeedHandler(feeds: feeds)
        host.serve(ReadFeed.self, reading.handle)
        host.serve(ListFeedHeads.self, reading.handle)
        let bounds = FeedBounds(hours: host.settings[feedHours], entries: host.settings[feedEntries])
        return [
            FeedFollower(of: CallsEvents.self, bus: host.bus, feeds: feeds, logger: host.logger),
            FeedFollower(of: AgentsEvents.self, bus: host.bus, feeds: feeds, logger: host.logger),
            FeedTrimming(feeds: feeds, bounds: bounds, logger: host.logger),
        ]
    }

    private static func follower<Owner: EventOwner>(
        of owner: Owner.Type, into statistics: any StatisticsRepository, _ host: ServiceHost
    ) -> StatisticsFollower<Owner> {
        let progress = FollowerProgress.shown(of: owner, metrics: host.metrics, readiness: host.readiness)
        return StatisticsFollower(
            of: owner, bus: host.bus, statistics: statistics, progress: progress, logger: host.logger)
    }

    private static func backgroundChecks(
        of statistics: any StatisticsRepository, _ host: ServiceHost
    ) -> [any Service] {
        let minutes = host.settings[verifyIntervalMinutes]
        guard minutes > 0 else { return [] }
        let counts = CheckCounts()
        counts.show(in: host.metrics)
        return [
            BackgroundCheck(
                check: StatisticsCheck(of: statistics, asking: host.bus), counts: counts,
                interval: .seconds(minutes * 60), logger: host.logger)
        ]
    }

    @Sendable private static func verify(_ host: ServiceHost) async throws -> Int32 {
        let statistics = PostgresStatisticsRepository(database: host.database, jobs: host.jobs)
        return try await VerifyCommand(check: StatisticsCheck(of: statistics, asking: host.bus)).run()
    }
}
