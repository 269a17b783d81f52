import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// A call from its first ring to its end, seen through every surface.
    @Suite struct CallLife {
        @Test func `a call moves forward to its end, and the statistics follow each step`() async throws {
            let api = try await Running.person()
            let agent = try await api.post("/agents", ["name": JSON("Agent \(newUUID())")]).expect(201).json["id"]
            let begun = try await api.post(
                "/call-logs", ["phone_number": "+1 (555) 0200", "agent_id": agent, "caller_id": "+15550100"]
            ).expect(201).json
            #expect(begun["status"] == "initiated" && begun["success"] == false && begun["ended_at"].isNull)
            let path = "/call-logs/\(begun["id"].string ?? "")"
            for status in ["ringing", "connected"] {
                #expect(try await api.patch(path, ["status": JSON(status)]).expect(200).json["status"].string == status)
            }
            try await api.patch(path, ["status": "ringing"]).expect(409)
            let ended = try await api.patch(
                path,
                [
                    "status": "completed", "duration_seconds": 90.5, "cost": 0.25, "sentiment": "positive",
                    "transcript": "User: Hi. Agent: Hello.", "key_phrases": ["Refund"], "llm_latency_ms": 250,
                ]
            ).expect(200).json
            #expect(ended["success"] == true && ended["end_category"] == "completed" && ended["version"] == 4)
            try await api.patch(path, ["status": "failed"]).expect(409)
            #expect(try await api.patch(path, ["status": "completed"]).expect(200).json == ended)
            try await eventually(within: .seconds(1), "the call is counted as ended") {
                let totals = try await api.get("/analytics/calls?agent_id=\(agent.string ?? "")&days=1").json
                return totals["completed_calls"] == 1 && totals["average_duration"] == 90.5
                    && totals["cost_per_call"] == 0.25
            }
            let performance = try await api.get("/analytics/agent-performance").expect(200).json
            #expect(performance[0]["agent_id"] == agent && performance[0]["completed_calls"] == 1)
            let today = "/analytics/agent-performance?agent_id=\(agent.string ?? "")&days=1"
            #expect(try await api.get(today).expect(200).json == performance)
            #expect(try await api.get("/analytics/agent-performance?agent_id=\(newUUID())").expect(200).json == [])
            let nowhere = try await api.get("/analytics/agent-performance?campaign_id=\(newUUID())").expect(200).json
            #expect(nowhere[0]["total_calls"] == 0)
            for wrong in ["agent-performance?days=abc", "campaign-stats?days=0"] {
                try await api.get("/analytics/\(wrong)").expect(422)
            }
            #expect((performance[0]["latency_ms"]["llm"]["p50"].double ?? 0) > 245)
            try await api.delete(path).expect(204)
            try await api.delete(path).expect(404)
            try await api.get(path).expect(404)
            try await eventually(within: .seconds(1), "the deletion is counted") {
                let totals = try await api.get("/analytics/calls").json
                let phrases = try await api.get("/analytics/top-phrases").json
                return totals["total_calls"] == 0 && totals["cost_per_call"] == 0 && phrases == []
            }
            let verify = try await Running.current.stack.run("analytics", "verify", within: .seconds(60))
            #expect(verify.output.contains("0 differences"))
        }

        @Test func `a change names the version that it changes`() async throws {
            let api = try await Running.person()
            let made = try await api.post("/call-logs", ["phone_number": "+15550123"]).expect(201)
            #expect(made.header("ETag") == "\"1\"" && made.json["updated_at"] == made.json["created_at"])
            let path = "/call-logs/\(made.json["id"].string ?? "")"
            func patch(_ body: JSON, if version: Int) async throws -> APIAnswer {
                try await api.send("PATCH", path, json: body, headers: ["If-Match": "\"\(version)\""])
            }
            let changed = try await patch(["status": "ringing"], if: 1).expect(200)
            #expect(changed.header("ETag") == "\"2\"")
            #expect((changed.json["updated_at"].string ?? "") > (made.json["updated_at"].string ?? "9"))
            try await patch(["status": "connected"], if: 1).expect(412)
            try await api.send("DELETE", path, headers: ["If-Match": "\"1\""]).expect(412)
            #expect(try await api.get(path).expect(200).header("ETag") == "\"2\"")
            for (body, field) in [
                (["phone_number": " "], "phone_number"), (["recording_url": "javascript:alert(1)"], "recording_url"),
                (["recording_url": " \u{1}JavaScript:alert(1)"], "recording_url"),
                (["recording_url": "java\tscript:alert(1)"], "recording_url"),
                (["recording_url": "data:text/html,x"], "recording_url"),
                (["end_category": "busy"], "end_category"),
                (["status": "completed", "end_category": "busy"], "end_category"),
            ] as [(JSON, String)] {
                #expect(try await api.patch(path, body).expect(422).json["error"]["details"]["field"].string == field)
            }
            try await api.patch(path, ["status": "completed", "recording_url": "s3://bucket/call.wav"]).expect(200)
            try await api.send("DELETE", path, headers: ["If-Match": "\"3\""]).expect(204)
        }

        @Test func `a call of one surface is there in the other`() async throws {
            let api = try await Running.person()
            let agent = try await api.post("/agents", ["name": JSON("Agent \(newUUID())")]).expect(201).json["id"]
            let client = try await api.post(
                "/api/clients", ["name": "Dental", "phone_number": JSON(Phones.next()), "agent_id": agent]
            ).expect(201).json["client"]["id"]
            let finished = try await api.logCall(clientID: client.string ?? "", ["caller_phone": "+15550177"])
            let log = try await api.get("/call-logs/\(finished)").expect(200).json
            #expect(log["client_id"] == client && log["agent_id"] == agent && log["status"] == "completed")
            #expect(log["phone_number"] == "+15550177" && log["success"] == true)
            let running = try await api.post("/call-logs", ["phone_number": "+15550188", "client_id": client])
                .expect(201).json
            #expect(running["agent_id"] == agent)
            let shown = try await api.get("/api/calls/\(running["id"].string ?? "")").expect(200).json["call"]
            #expect(shown["client_id"] == client && shown["caller_phone"] == "+15550188")
            let clientless = try await api.post("/call-logs", ["phone_number": "+15550199"]).expect(201).json["id"]
            let list = try await api.get("/api/calls").expect(200).json
            #expect(list["total"] == 3 && list["calls"][0]["id"] == clientless && list["calls"][0]["client_id"].isNull)
        }

        @Test func `a repeated request is the same call, another one with its key is refused`() async throws {
            let api = try await Running.person()
            let body: JSON = ["phone_number": "+15550123", "status": "ringing"]
            let first = try await api.post("/call-logs", body, key: "k1")
            #expect(first.status == 201)
            let path = "/call-logs/\(first.json["id"].string ?? "")"
            try await api.patch(path, ["status": "failed", "end_category": "busy", "end_code": "486"]).expect(200)
            let again = try await api.post("/call-logs", body, key: "k1")
            #expect(again.status == 201 && again.header("Idempotent-Replayed") == "true")
            #expect(again.json["id"] == first.json["id"] && again.json["status"] == "failed")
            let other = try await api.post("/call-logs", ["phone_number": "+15550124"], key: "k1")
            #expect(other.status == 422)
            #expect(try await api.get("/call-logs").json["total"] == 1)
        }

        @Test func `words are found a moment after they were said`() async throws {
            let api = try await Running.person()
            let call = try await api.post(
                "/call-logs",
                [
                    "phone_number": "+15550123", "status": "completed",
                    "transcript": "User: The zebrafish tank leaks. Agent: I will send a plumber.",
                ]
            ).expect(201).json["id"]
            try await eventually(within: .seconds(15), "the call is found") {
                let page = try await api.get("/call-logs?search=zebra%20plumber").expect(200).json
                return page["total"] == 1 && page["items"][0]["id"] == call
                    && page["items"][0]["snippet"].string?.contains("**zebrafish**") == true
            }
            #expect(try await Running.person().get("/call-logs?search=zebrafish").json["total"] == 0)
            #expect(try await api.get("/call-logs?search=%26%7C%21").expect(200).json["total"] == 0)
        }

        @Test func `what a call cannot be is refused with the field's name`() async throws {
            let api = try await Running.person()
            for (body, field) in [
                ([:], "phone_number"), (["phone_number": "+15550123", "status": "gone"], "status"),
                (["phone_number": "+15550123", "duration_seconds": -1], "duration_seconds"),
                (["phone_number": "+15550123", "cost": 1e300], "cost"),
                (["phone_number": "+15550123", "emotions": [1]], "emotions"),
                (["phone_number": "+15550123", "key_phrases": "billing"], "key_phrases"),
                (["phone_number": "+15550123", "created_at": "2999-01-01T00:00:00Z"], "created_at"),
                (["phone_number": JSON(String(repeating: "1", count: 65))], "phone_number"),
            ] as [(JSON, String)] {
                let answer = try await api.post("/call-logs", body)
                #expect(
                    answer.status == 422 && answer.json["message"].string?.contains(field) == true, "\(answer.text)")
            }
            for (field, code) in [
                ("agent_id", "AGENT_001"), ("client_id", "CLIENT_001"), ("campaign_id", "CAMPAIGN_001"),
            ] {
                let answer = try await api.post(
                    "/call-logs", .object(["phone_number": "+15550123", field: JSON(newUUID())]))
                #expect(answer.status == 404 && answer.json["error_code"].string == code, "\(answer.text)")
            }
            #expect(try await api.get("/call-logs").json["total"] == 0)
        }

        @Test func `a lost update of an agent is refused`() async throws {
            let api = try await Running.person()
            let made = try await api.post("/agents", ["name": "Mine"]).expect(201)
            let path = "/agents/\(made.json["id"].string ?? "")"
            let tag = try #require(made.header("ETag"))
            let first = try await api.send("PUT", path, json: ["description": "a"], headers: ["If-Match": tag])
            #expect(first.status == 200 && first.header("ETag") != tag)
            let lost = try await api.send("PUT", path, json: ["description": "b"], headers: ["If-Match": tag])
            #expect(lost.status == 412)
            #expect(try await api.get(path).json["description"] == "a")
            try await api.post("/agents", ["name": "Mine"]).expect(409)
            #expect(try await api.send("DELETE", path, headers: ["If-Match": tag]).status == 412)
            try await api.delete(path).expect(204)
            try await api.post("/agents", ["name": "Mine"]).expect(201)
        }

        @Test func `call logs page by cursor through all of them`() async throws {
            let api = try await Running.person()
            for number in 0..<23 {
                try await api.post("/call-logs", ["phone_number": JSON("+1555\(1000 + number)")]).expect(201)
            }
            var seen: [String] = []
            var cursor = ""
            repeat {
                let page = try await api.get("/call-logs?limit=5\(cursor)").expect(200).json
                seen += (page["items"].array ?? []).compactMap { $0["id"].string }
                #expect(seen.count > 5 || page["total"] == 23)
                cursor = page["next_cursor"].string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(seen.count == 23 && Set(seen).count == 23)
        }
    }
}
