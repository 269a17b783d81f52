import TestSupport
import Testing

extension RealStack.Shared {
    /// Campaigns dialled by the simulated carrier, from their launch to their end.
    @Suite struct Dialing {
        private func launched(_ api: APIClient, _ more: [String: JSON]) async throws -> String {
            let agent = try await api.post("/agents", ["name": "Caller"]).expect(201).json["id"]
            let base: [String: JSON] = ["name": "Spring", "agent_id": agent, "end_time": "2099-06-30T23:59:59Z"]
            let made = try await api.post("/campaigns", .object(base.merging(more) { $1 })).expect(201).json
            let id = made["id"].string ?? ""
            _ = try await api.send("POST", "/campaigns/\(id)/launch").expect(200)
            return id
        }

        private func numbers(_ count: Int) -> JSON {
            .array((0..<count).map { JSON("+1555\(1_000_000 + $0)") })
        }

        @Test func `every number is called, once, and the counts add up throughout`() async throws {
            let api = try await Running.person()
            // In another spelling than the campaign's.
            _ = try await api.post("/suppressions", ["phone_number": "1-555-1000007"]).expect(201)
            let id = try await launched(api, ["phone_numbers": numbers(60), "max_concurrent_calls": 20])
            try await eventually(within: .seconds(30), "the campaign is completed") {
                let campaign = try await api.get("/campaigns/\(id)").expect(200).json
                let sum = ["pending", "in_progress", "completed", "failed"].compactMap { campaign[$0].int }.reduce(0, +)
                #expect(sum == 60 && (campaign["in_progress"].int ?? 99) <= 20)
                return campaign["status"] == "completed"
            }
            let page = try await api.get("/campaigns/\(id)/numbers?limit=100").expect(200).json
            let shown = page["items"].array ?? []
            #expect(shown.count == 60)
            for number in shown {
                let isSuppressed = number["phone_number"] == "+15551000007"
                #expect(
                    number["attempts"] == (isSuppressed ? 0 : 1) && (number["reason"] == "suppressed") == isSuppressed)
                #expect(number["last_call_id"].isNull == isSuppressed)
            }
            let calls = try await api.get("/call-logs?campaign_id=\(id)&limit=100").expect(200).json
            #expect(calls["total"] == 59)
        }

        @Test func `a paused campaign makes no new calls, and a launch goes on`() async throws {
            let api = try await Running.person()
            let id = try await launched(api, ["phone_numbers": numbers(40), "max_concurrent_calls": 5])
            try await eventually(within: .seconds(10), "a call was made") {
                (try await api.get("/campaigns/\(id)").json["completed"].int ?? 0) > 0
            }
            _ = try await api.send("POST", "/campaigns/\(id)/pause").expect(200)
            try await eventually(within: .seconds(10), "running calls have ended") {
                try await api.get("/campaigns/\(id)").json["in_progress"] == 0
            }
            let pending = try await api.get("/campaigns/\(id)").json["pending"]
            try await Task.sleep(for: .seconds(1))
            #expect(try await api.get("/campaigns/\(id)").json["pending"] == pending)
            _ = try await api.send("POST", "/campaigns/\(id)/launch").expect(200)
            try await eventually(within: .seconds(60), "the campaign is completed") {
                try await api.get("/campaigns/\(id)").json["status"] == "completed"
            }
        }
    }
}
