import Bus
import Contracts
import GatewayHTTP

struct OverviewBody: JSONShown {
    static let schema = Schema.object([
        .always("total_interactions", .integer(from: 0)),
        .always("success_rate", .number(from: 0, through: 100, example: 94.2)),
        .always("avg_response_time", .text(example: "2.3s")),
        .always("customer_satisfaction", .number(from: 0, through: 5, example: 4.6)),
        .always(
            "satisfaction_source",
            Schema.text(among: ["ratings", "sentiment"]).described("What the satisfaction is taken from.")),
        .always("interactions_change", .text(example: "+15.2%")),
        .always(
            "success_rate_change",
            Schema.text(example: "+2.1%").described("In points; like the next ones +0.0 where a period has nothing.")),
        .always("response_time_change", .text(example: "-0.3s")),
        .always("satisfaction_change", .text(example: "+0.2")),
    ])

    let period: AnalyticsPeriod

    func write(to json: inout JSONWriter) {
        let (now, before) = (period.now, period.before)
        json.field("total_interactions", now[.calls])
        json.field("success_rate", tenths: now.successTenths)
        json.field("avg_response_time", Wording.seconds(ofMicros: now.averageResponseMicros))
        json.field("customer_satisfaction", tenths: now.satisfactionTenths)
        json.field("satisfaction_source", now[.ratings] > 0 ? "ratings" : "sentiment")
        json.field("interactions_change", Wording.change(ofTenths: Self.growth(now[.calls], before[.calls])) + "%")
        let (successes, waited, satisfaction) = (
            Self.change(now, before, since: .ended, \.successTenths),
            Self.change(now, before, since: .responses) { Wording.tenths(ofMicros: $0.averageResponseMicros) },
            Self.change(now, before, since: .calls, \.satisfactionTenths)
        )
        json.field("success_rate_change", Wording.change(ofTenths: successes) + "%")
        json.field("response_time_change", Wording.change(ofTenths: waited) + "s")
        json.field("satisfaction_change", Wording.change(ofTenths: satisfaction))
    }

    /// Zero where one of the periods has nothing that the figure is taken from.
    private static func change(
        _ now: Measures, _ before: Measures, since count: Measure, _ figure: (Measures) -> Int
    ) -> Int {
        now[count] > 0 && before[count] > 0 ? figure(now) - figure(before) : 0
    }

    /// In tenths of a percent; anything after nothing is all of it more.
    static func growth(_ now: Int, _ before: Int) -> Int {
        guard before > 0 else { return now > 0 ? 1000 : 0 }
        return Int((Double(now - before) * 1000 / Double(before)).rounded())
    }
}

struct MetricsBody: JSONShown {
    static let schema = Schema.object([
        .always(
            "data",
            .array(
                of: .object([
                    .always("date", .text(example: "2025-12-26")), .always("calls", .integer(from: 0)),
                    .always("chats", .integer(from: 0)), .always("total", .integer(from: 0)),
                ])))
    ])

    let period: AnalyticsPeriod

    func write(to json: inout JSONWriter) {
        json.name("data")
        json.array(period.points) { json, point in
            json.object {
                $0.field("date", point.date)
                $0.field("calls", point.measures[.calls] - point.measures[.chats])
                $0.field("chats", point.measures[.chats])
                $0.field("total", point.measures[.calls])
            }
        }
    }
}

struct PerformanceBody: JSONShown {
    static let schema = Schema.object([
        .always(
            "data",
            .array(
                of: .object([
                    .always("date", .text(example: "2025-12-26")),
                    .always("success_rate", .number(from: 0, through: 100)),
                    .always("response_time", Schema.number(from: 0, example: 2.3).described("Seconds.")),
                    .always("satisfaction", .number(from: 0, through: 5)),
                ])))
    ])

    let period: AnalyticsPeriod

    func write(to json: inout JSONWriter) {
        json.name("data")
        json.array(period.points) { json, point in
            json.object { json in
                json.field("date", point.date)
                json.field("success_rate", tenths: point.measures.successTenths)
                json.name("response_time")
                json.decimal(point.measures.averageResponseMicros, places: 6)
                json.field("satisfaction", tenths: point.measures.satisfactionTenths)
            }
        }
    }
}

struct ComparisonBody: JSONShown {
    static let schema = Schema.object([
        .always(
            "agents",
            .array(
                of: .object([
                    .always("id", .uuid), .always("name", .text(example: "Ada")),
                    .always("interactions", .integer(from: 0)),
                    .always("success_rate", .number(from: 0, through: 100)),
                    .always("avg_response_time", .text(example: "2.3s")),
                    .always("status", .text(among: ["active", "paused", "draft"])),
                ])))
    ])

    let agents: [(agent: AgentRecord, measures: Measures)]

    static func all(_ input: RouteInput) async throws -> ComparisonBody {
        let agents = try await input.allAgents(from: nil).agents
        let totals = try await input.ask(ListTotals(about: agents.map { .agent($0.id) })).totals
        return ComparisonBody(agents: zip(agents, totals).map { ($0, $1.measures) })
    }

    func write(to json: inout JSONWriter) {
        json.name("agents")
        json.array(agents) { json, entry in
            json.object { json in
                json.field("id", entry.agent.id)
                json.field("name", entry.agent.name)
                json.field("interactions", entry.measures[.calls])
                json.field("success_rate", tenths: entry.measures.successTenths)
                json.field("avg_response_time", Wording.seconds(ofMicros: entry.measures.averageResponseMicros))
                json.field("status", entry.agent.status.shown)
            }
        }
    }
}

struct RealtimeBody: JSONShown {
    static let schema = Schema.object([
        .always("active_calls", .integer(from: 0)), .always("active_chats", .integer(from: 0)),
        .always("queued_interactions", Schema.integer(from: 0).described("Numbers that are due to be dialled.")),
        .always("online_agents", Schema.integer(from: 0).described("Active agents.")),
    ])

    let activeCalls: Int
    let activeChats: Int
    let queued: Int
    let onlineAgents: Int

    /// A call that began before yesterday and never ended is not counted as active.
    static func now(_ input: RouteInput) async throws -> RealtimeBody {
        async let totals = input.ask(GetTotals(about: .workspace, days: .last(2)))
        async let queue = input.ask(GetDialingQueue())
        async let agents = input.ask(ListAgents(statuses: [.active], limit: 1))
        let measures = try await totals.measures
        let chats = measures[.chats] - measures[.endedChats]
        return RealtimeBody(
            activeCalls: measures[.calls] - measures[.ended] - chats, activeChats: chats, queued: try await queue.due,
            onlineAgents: try await agents.total)
    }

    func write(to json: inout JSONWriter) {
        json.field("active_calls", activeCalls)
        json.field("active_chats", activeChats)
        json.field("queued_interactions", queued)
        json.field("online_agents", onlineAgents)
    }
}
