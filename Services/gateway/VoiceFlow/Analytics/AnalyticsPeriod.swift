import Bus
import Contracts
import GatewayHTTP

/// A stretch of time up to now, and the one of the same length before it.
enum TimeRange: String, CaseIterable {
    case day = "24h"
    case week = "7d"
    case month = "30d"
    case quarter = "90d"

    /// Whole hours for `24h`, UTC days with today for the others.
    var count: Int {
        switch self {
        case .day: 24
        case .week: 7
        case .month: 30
        case .quarter: 90
        }
    }
}

/// What the calls of a period add up to, point by point, beside those of the period before.
struct AnalyticsPeriod {
    struct Point {
        /// `2026-01-31`, or the beginning of an hour.
        let date: String
        let measures: Measures
    }

    static let query = [
        QueryParameter(
            "time_range", .text(among: TimeRange.allCases.map(\.rawValue), example: "7d"), "7d when absent."),
        QueryParameter("agent_id", .text(), "Only calls of this agent; `all`: of any."),
    ]

    /// Every hour or day of the period, oldest first.
    let points: [Point]
    let before: Measures

    var now: Measures { points.reduce(into: Measures()) { $0 += $1.measures } }

    static func of(_ input: RouteInput) async throws -> AnalyticsPeriod {
        let range = try input.query.choice("time_range", TimeRange.self) ?? .week
        let agentID: AgentID? = try input.query.agentUnlessAll()
        let subject = agentID.map { StatisticsSubject.agent($0) } ?? .workspace
        return range == .day
            ? try await hours(range.count, subject, input) : try await days(range.count, subject, input)
    }

    private static func days(
        _ count: Int, _ subject: StatisticsSubject, _ input: RouteInput
    ) async throws -> AnalyticsPeriod {
        let today = Timestamp.now().day
        let first = today.adding(days: 1 - count)
        let found = try await input.ask(
            GetDailyTotals(about: subject, from: first.adding(days: -count), through: today)
        ).days
        let byDay = Dictionary(found.map { ($0.day, $0.measures) }, uniquingKeysWith: { first, _ in first })
        let points = (0..<count).map { number in
            let day = first.adding(days: number)
            return Point(date: day.text, measures: byDay[day] ?? Measures())
        }
        return AnalyticsPeriod(
            points: points, before: found.filter { $0.day < first }.reduce(into: Measures()) { $0 += $1.measures })
    }

    private static func hours(
        _ count: Int, _ subject: StatisticsSubject, _ input: RouteInput
    ) async throws -> AnalyticsPeriod {
        let range = HourRange.last(2 * count)
        let found = try await input.ask(GetHourlyTotals(about: subject, range: range)).hours
        let byHour = Dictionary(found.map { ($0.hour, $0.measures) }, uniquingKeysWith: { first, _ in first })
        let points = range.hours.suffix(count).map { hour in
            Point(date: Timestamp(hour: hour).text, measures: byHour[hour] ?? Measures())
        }
        let before = range.hours.prefix(count).compactMap { byHour[$0] }.reduce(into: Measures()) { $0 += $1 }
        return AnalyticsPeriod(points: points, before: before)
    }
}

extension Query {
    /// `agent_id`; nil when it is absent or `all`.
    func agentUnlessAll() throws -> AgentID? {
        self["agent_id"]?.lowercased() == "all" ? nil : try id("agent_id", orElse: .agentNotFound)
    }
}

extension Measures {
    /// The other parties' mean satisfaction from 1 to 5 in tenths, as they rated it; where nobody did, as their sentiment
    /// has it: 5 for a positive one, 3 for a neutral and 1 for a negative. 0 without calls.
    var satisfactionTenths: Int {
        let ratings = self[.ratings]
        guard ratings == 0 else { return (self[.ratingSum] * 10 + ratings / 2) / ratings }
        let count = self[.positive] + self[.neutral] + self[.negative]
        let points = 5 * self[.positive] + 3 * self[.neutral] + self[.negative]
        return count > 0 ? (points * 10 + count / 2) / count : 0
    }
}
