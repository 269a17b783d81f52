import Contracts
import TestSupport
import Testing

extension RealStack.Shared {
    /// Campaigns, their numbers and suppressions, as their routes have them.
    @Suite struct Campaigns {
        private struct Place {
            let api: APIClient
            let agentID: String

            static func make() async throws -> Place {
                let api = try await Running.person()
                let agent = try await api.post("/agents", ["name": "Caller"]).expect(201).json
                return Place(api: api, agentID: agent["id"].string ?? "")
            }

            func campaign(_ more: [String: JSON] = [:], status: Int = 201) async throws -> APIAnswer {
                let base: [String: JSON] = [
                    "name": "Spring", "agent_id": JSON(agentID), "end_time": "2099-06-30T23:59:59Z",
                ]
                return try await api.post("/campaigns", .object(base.merging(more) { $1 })).expect(status)
            }

            func csv(_ id: String, _ text: String, prefix: String = "") async throws -> APIAnswer {
                try await api.send(
                    "POST", "\(prefix)/campaigns/\(id)/numbers", headers: ["Content-Type": "text/csv"],
                    body: Array(text.utf8))
            }
        }

        @Test(arguments: ["", "/voicera"])
        func `are made, listed, changed and deleted`(prefix: String) async throws {
            let place = try await Place.make()
            let made = try await place.campaign([
                "phone_numbers": ["+1-555-0100", "+1 (555) 0100", "555-0101"], "max_concurrent_calls": 50,
                "retry_config": ["max_retries": 2, "retry_delay": 60], "start_time": "2024-04-01T00:00:00Z",
                "end_time": "2099-06-30T23:59:59Z",
            ])
            let id = made.json["id"].string ?? ""
            #expect(made.json["status"] == "draft" && made.json["total_numbers"] == 2)
            #expect(made.json["phone_numbers"] == ["+1-555-0100", "555-0101"])
            #expect(made.json["retry_config"] == ["max_retries": 2, "retry_delay": 60])
            #expect(made.header("ETag") == "\"1\"")
            let list = try await place.api.get("\(prefix)/campaigns?status=draft&agent_id=\(place.agentID)").expect(200)
            #expect(list.json["total"] == 1 && list.json["items"][0] == made.json)
            #expect(try await place.api.get("\(prefix)/campaigns?status=active").json["total"] == 0)
            let changed = try await place.api.put(
                "\(prefix)/campaigns/\(id)", ["name": "Summer", "end_time": nil, "phone_numbers": ["+15550102"]]
            ).expect(200)
            #expect(changed.json["name"] == "Summer" && changed.json["end_time"].isNull)
            #expect(changed.json["total_numbers"] == 1 && changed.header("ETag") == "\"2\"")
            let stale = try await place.api.send(
                "PUT", "\(prefix)/campaigns/\(id)", headers: ["If-Match": "\"1\"", "Content-Type": "application/json"],
                body: Array(#"{"name":"Late"}"#.utf8))
            #expect(stale.status == 412)
            _ = try await place.api.delete("\(prefix)/campaigns/\(id)").expect(204)
            let gone = try await place.api.get("\(prefix)/campaigns/\(id)").expect(404)
            #expect(gone.json["error_code"] == "CAMPAIGN_001")
        }

        @Test func `are refused by the field that is wrong`() async throws {
            let place = try await Place.make()
            let number = try await place.campaign(["phone_numbers": ["+15550100", "abc"]], status: 422)
            #expect(number.text.contains("phone_numbers[1]"))
            let window = try await place.campaign(
                ["start_time": "2099-01-02T00:00:00Z", "end_time": "2099-01-01T00:00:00Z"], status: 422)
            #expect(window.text.contains("end_time"))
            #expect(try await place.campaign(["agent_id": JSON(newUUID())], status: 404).text.contains("AGENT_001"))
            #expect(try await place.campaign(["max_concurrent_calls": 0], status: 422).text.contains("max_concurrent"))
            #expect(try await place.api.get("/campaigns").json["total"] == 0)
        }

        @Test func `launch by their rules alone, and say which one fails`() async throws {
            let place = try await Place.make()
            func refusal(_ more: [String: JSON]) async throws -> String {
                let id = try await place.campaign(more).json["id"].string ?? ""
                let answer = try await place.api.send("POST", "/campaigns/\(id)/launch").expect(409)
                #expect(answer.json["error_code"] == "CAMPAIGN_002")
                return answer.json["message"].string ?? ""
            }
            #expect(try await refusal([:]).contains("no valid phone number"))
            let past: [String: JSON] = ["phone_numbers": ["+15550100"], "end_time": "2024-01-01T00:00:00Z"]
            #expect(try await refusal(past).contains("end_time"))
            #expect(try await refusal(["phone_numbers": ["+15550100"], "end_time": nil]).contains("end_time"))
            _ = try await place.api.put("/agents/\(place.agentID)", ["status": "inactive"]).expect(200)
            #expect(try await refusal(["phone_numbers": ["+15550100"]]).contains("agent is not active"))
        }

        @Test func `with a start to come are scheduled, hold their agent, and pause`() async throws {
            let place = try await Place.make()
            let made = try await place.campaign([
                "phone_numbers": ["+15550100"], "start_time": "2099-01-01T00:00:00Z",
            ])
            let path = "/campaigns/\(made.json["id"].string ?? "")"
            let launched = try await place.api.send("POST", "\(path)/launch").expect(200).json
            #expect(launched["status"] == "scheduled" && launched["launched_at"].string != nil)
            #expect(try await place.api.send("POST", "\(path)/launch").expect(200).json == launched)
            _ = try await place.api.delete(path).expect(409)
            _ = try await place.api.delete("/agents/\(place.agentID)").expect(409)
            _ = try await place.api.put("/agents/\(place.agentID)", ["status": "archived"]).expect(409)
            let idle = try await place.api.post("/agents", ["name": "Idle", "status": "inactive"]).expect(201)
                .json["id"]
            #expect(try await place.api.put(path, ["agent_id": idle]).expect(409).text.contains("active agent"))
            let replaced = try await place.api.put(path, ["phone_numbers": ["+15550101"]]).expect(409)
            #expect(replaced.json["message"].string?.contains("draft") == true)
            let paused = try await place.api.send("POST", "\(path)/pause").expect(200).json
            #expect(paused["status"] == "paused" && paused["paused_at"].string != nil)
            _ = try await place.api.delete(path).expect(204)
        }

        @Test func `are launched once for each key, whatever came between`() async throws {
            let place = try await Place.make()
            let made = try await place.campaign([
                "phone_numbers": ["+15550100"], "start_time": "2099-01-01T00:00:00Z",
            ])
            let path = "/campaigns/\(made.json["id"].string ?? "")"
            let first = try await place.api.post("\(path)/launch", [:], key: "L1").expect(200)
            #expect(first.json["status"] == "scheduled" && first.header("Idempotent-Replayed") == nil)
            _ = try await place.api.post("\(path)/pause", [:], key: "P1").expect(200)
            let again = try await place.api.post("\(path)/launch", [:], key: "L1").expect(200)
            #expect(again.json == first.json && again.header("Idempotent-Replayed") == "true")
            #expect(try await place.api.get(path).json["status"] == "paused")
            try await place.api.post("\(path)/launch", ["other": 1], key: "L1").expect(422)
            let other = try await place.campaign(["name": "Other", "phone_numbers": ["+15550100"]]).json["id"].string
            try await place.api.post("/campaigns/\(other ?? "")/launch", [:], key: "L1").expect(422)
        }

        @Test(arguments: ["", "/api", "/voicera"])
        func `take numbers as JSON and CSV, and show each once`(prefix: String) async throws {
            let place = try await Place.make()
            let id = try await place.campaign(["phone_numbers": ["+15550100"]]).json["id"].string ?? ""
            let json = try await place.api.post(
                "\(prefix)/campaigns/\(id)/numbers", ["phone_numbers": ["+1 555 0100", "+15550101", "x"]]
            ).expect(200).json
            #expect(json["added"] == 1 && json["duplicates"] == 1)
            #expect(json["rejected"][0]["line"] == 3 && json["rejected"][0]["value"] == "x")
            let text = "name,phone\r\nAnn,+15550102\r\nBob,none\r\nCy,\"+1-555-0103\"\r\n"
            let csv = try await place.csv(id, text, prefix: prefix).expect(200).json
            #expect(csv["added"] == 2 && csv["rejected"][0]["line"] == 3)
            let form = try await place.api.send(
                "POST", "\(prefix)/campaigns/\(id)/numbers", headers: ["Content-Type": "application/octet-stream"],
                body: Array(text.utf8))
            #expect(form.text.contains("Content-Type must be application/json or text/csv"))
            var found: [String] = []
            var cursor: String?
            repeat {
                let query = "limit=1&state=pending" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await place.api.get("\(prefix)/campaigns/\(id)/numbers?\(query)").expect(200).json
                #expect(page["total"] == 4)
                found += (page["items"].array ?? []).compactMap { $0["phone_number"].string }
                cursor = page["next_cursor"].string
            } while cursor != nil && found.count < 10
            #expect(found == ["+15550102", "+1-555-0103", "+15550101", "+15550100"])
        }

        @Test(arguments: ["", "/api", "/voicera"])
        func `leave suppressed numbers alone, which are listed once`(prefix: String) async throws {
            let place = try await Place.make()
            let first = try await place.api.post(
                "\(prefix)/suppressions", ["phone_number": "+1-555-0100", "reason": "asked"]
            ).expect(201).json
            let again = try await place.api.post("\(prefix)/suppressions", ["phone_number": "+15550100"]).expect(201)
                .json
            #expect(again == first && first["reason"] == "asked")
            let list = try await place.api.get("\(prefix)/suppressions?phone_number=%2B15550100").expect(200).json
            #expect(list["total"] == 1 && list["items"][0] == first)
            let path = "\(prefix)/suppressions/\(first["id"].string ?? "")"
            _ = try await place.api.delete(path).expect(200)
            _ = try await place.api.delete(path).expect(404)
        }

        @Test func `of a hundred thousand numbers are made with one request`() async throws {
            let place = try await Place.make()
            let numbers = (0..<100_000).map { JSON("+1555\(1_000_000 + $0)") }
            let made = try await place.campaign(["phone_numbers": .array(numbers)]).json
            #expect(made["total_numbers"] == 100_000 && made["phone_numbers"].array?.count == 100)
            let more = try await place.csv(made["id"].string ?? "", "+15559999999\n").expect(200).json
            #expect(more["added"] == 1)
        }
    }
}
