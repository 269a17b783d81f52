import Contracts
import Foundation
import GatewayHTTP
import Testing

@Suite struct AnalyticsTests {
    private let today = Timestamp.now().day

    private func day(_ ago: Int, _ values: [Measure: Int]) -> DailyTotals.Day {
        DailyTotals.Day(day: today.adding(days: -ago), measures: Measures(values))
    }

    @Test(arguments: [("7d", 7), ("30d", 30), ("90d", 90)])
    func `days are the last ones with today, each of them a point`(range: String, count: Int) async throws {
        let test = try await TestGateway()
        test.services.change {
            $0.days = [
                day(count, [.calls: 100]), day(count - 1, [.calls: 5, .chats: 2]), day(0, [.calls: 3, .chats: 3]),
            ]
        }
        let points = try #require(try await test.get("/analytics/metrics?time_range=\(range)")["data"]?.items)
        #expect(points.count == count)
        #expect(points[0]["date"]?.textValue == today.adding(days: 1 - count).text)
        #expect(points[0]["calls"] == 3 && points[0]["chats"] == 2 && points[0]["total"] == 5)
        #expect(points[1]["total"] == 0)
        #expect(points[count - 1]["date"]?.textValue == today.text && points[count - 1]["total"] == 3)
    }

    @Test func `24h is the last whole hours`() async throws {
        let test = try await TestGateway()
        let hour = Timestamp.now().hour
        test.services.change {
            $0.hours = [hour - 25, hour - 24, hour - 1, hour].map {
                HourlyTotals.Hour(hour: $0, measures: Measures([.calls: 1]))
            }
        }
        let points = try #require(try await test.get("/analytics/metrics?time_range=24h")["data"]?.items)
        #expect(points.count == 24)
        #expect(points[0]["date"]?.textValue == Timestamp(hour: hour - 24).text && points[0]["total"] == 1)
        #expect(points[23]["date"]?.textValue == Timestamp(hour: hour - 1).text && points[23]["total"] == 1)
        let overview = try await test.get("/analytics/overview?time_range=24h")
        #expect(overview["total_interactions"] == 2 && overview["interactions_change"] == "+100.0%")
    }

    @Test func `an overview is held against the period before`() async throws {
        let test = try await TestGateway()
        test.services.change {
            $0.days = [
                day(
                    8,
                    [
                        .calls: 100, .ended: 100, .successes: 50, .responses: 10, .responseMicros: 26_000_000,
                        .neutral: 100,
                    ]),
                day(
                    2,
                    [
                        .calls: 115, .ended: 100, .successes: 52, .responses: 10, .responseMicros: 23_000_000,
                        .positive: 10, .neutral: 105,
                    ]),
            ]
        }
        let overview = try await test.get("/analytics/overview")
        #expect(overview["total_interactions"] == 115 && overview["interactions_change"] == "+15.0%")
        #expect(overview["success_rate"]?.numberValue == 52 && overview["success_rate_change"] == "+2.0%")
        #expect(overview["avg_response_time"] == "2.3s" && overview["response_time_change"] == "-0.3s")
        #expect(overview["customer_satisfaction"]?.numberValue == 3.2 && overview["satisfaction_change"] == "+0.2")
        #expect(overview["satisfaction_source"] == "sentiment")
    }

    @Test func `an overview without calls is all zeros, and one after nothing has no rates to compare`() async throws {
        let test = try await TestGateway()
        let nothing = try await test.get("/analytics/overview")
        #expect(nothing["total_interactions"] == 0 && nothing["interactions_change"] == "+0.0%")
        #expect(nothing["avg_response_time"] == "0.0s" && nothing["customer_satisfaction"]?.numberValue == 0)
        test.services.change {
            $0.days = [
                day(0, [.calls: 4, .ended: 4, .successes: 4, .responses: 4, .responseMicros: 8_000_000, .positive: 4])
            ]
        }
        let first = try await test.get("/analytics/overview")
        #expect(first["interactions_change"] == "+100.0%" && first["success_rate"]?.numberValue == 100)
        #expect(first["success_rate_change"] == "+0.0%" && first["response_time_change"] == "+0.0s")
        #expect(first["satisfaction_change"] == "+0.0" && first["customer_satisfaction"]?.numberValue == 5)
    }

    @Test func `performance is told point by point`() async throws {
        let test = try await TestGateway()
        test.services.change {
            $0.days = [
                day(
                    0,
                    [
                        .calls: 3, .ended: 3, .successes: 2, .responses: 2, .responseMicros: 3_000_001, .positive: 1,
                        .negative: 2,
                    ])
            ]
        }
        let points = try #require(try await test.get("/analytics/performance")["data"]?.items)
        #expect(points.count == 7 && points[0]["success_rate"]?.numberValue == 0)
        #expect(points[6]["success_rate"]?.numberValue == 66.7)
        #expect(points[6]["response_time"]?.numberValue == 1.500_001)
        #expect(points[6]["satisfaction"]?.numberValue == 2.3)
    }

    @Test func `an agent is asked for by its id, and all by all`() async throws {
        let test = try await TestGateway()
        let agent = AgentID(UUID())
        for query in ["agent_id=\(agent)", "agent_id=all", "time_range=24h&agent_id=\(agent)"] {
            _ = try await test.get("/analytics/metrics?\(query)")
        }
        #expect(test.services.state.asked == [.agent(agent), .workspace, .agent(agent)])
        #expect(try await test.send(.get, "/analytics/metrics?agent_id=x").status == 404)
        for path in ["overview", "metrics", "performance"] {
            let answer = try await test.send(.get, "/analytics/\(path)?time_range=1y")
            #expect(answer.status == 422 && answer["error"]?["details"]?["field"] == "time_range")
        }
    }

    @Test func `agents are compared by all that they have done`() async throws {
        let test = try await TestGateway()
        #expect(try await test.get("/analytics/agents/comparison") == ["agents": []])
        test.services.change {
            $0.agents = [.sample()]
            $0.totals = Measures([.calls: 4, .ended: 3, .successes: 1, .responses: 1, .responseMicros: 1_240_000])
        }
        let agent = try #require(try await test.get("/analytics/agents/comparison")["agents"]?.items?.first)
        #expect(agent["name"] == "Ada" && agent["interactions"] == 4 && agent["status"] == "active")
        #expect(agent["success_rate"]?.numberValue == 33.3 && agent["avg_response_time"] == "1.2s")
    }

    @Test func `this moment is told by kind`() async throws {
        let test = try await TestGateway()
        test.services.change {
            $0.agents = [.sample(), .sample { $0.status = .paused }]
            $0.totals = Measures([.calls: 10, .ended: 6, .chats: 3, .endedChats: 2])
            $0.due = 17
        }
        let now = try await test.get("/analytics/realtime")
        #expect(now == ["active_calls": 3, "active_chats": 1, "queued_interactions": 17, "online_agents": 1])
    }
}
