import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// The VoiceFlow product's own way, from an account to an agent whose calls are counted; at `/` and below its prefix.
    @Suite struct VoiceFlow {
        /// - Returns: a client that speaks as somebody who signed up in the product.
        static func signedUp(at prefix: String = "") async throws -> APIClient {
            let api = try Running.current.api
            let answer = try await api.post(
                "\(prefix)/auth/signup",
                ["email": JSON("\(newUUID())@example.com"), "password": "secret1", "company_name": "Acme"]
            ).expect(200).json
            #expect(answer["user"]["company_name"] == "Acme" && answer["session_id"].string != nil)
            return api.with(.token(answer["token"].string ?? ""))
        }

        /// Takes every step to an agent that answers.
        /// - Returns: its id.
        static func deployed(_ api: APIClient, at prefix: String = "") async throws -> String {
            let steps = prefix + "/onboarding"
            func status() async throws -> String? {
                try await api.get("\(steps)/status").expect(200).json["message"].string
            }
            func take(_ step: String, _ body: JSON) async throws -> JSON {
                try await api.post("\(steps)/\(step)", body).expect(200).json
            }
            #expect(try await status() == "The step company is missing")
            let company: JSON = ["company_name": "Acme", "industry": "Health", "use_case": "Bookings"]
            #expect(try await take("company", company) == ["success": true])
            #expect(try await status() == "The step agent is missing")
            try await api.post("\(steps)/voice", ["voice": "a", "tone": "b", "language": "en"]).expect(409)
            let made = try await take(
                "agent", ["name": "Ada", "role": "Support", "description": "Books", "channels": ["phone", "chat"]])
            let id = try #require(made["agent_id"].string)
            #expect(try await status() == "The step voice is missing")
            let refused = try await api.post("\(steps)/deploy", ["agent_id": JSON(id)]).expect(409)
            #expect(refused.json["error"]["details"]["field"] == "voice")
            _ = try await take("voice", ["voice": "af_sarah", "tone": "calm", "personality": "Dry", "language": "en"])
            #expect(try await status() == "The step channels is missing")
            _ = try await take("channels", ["chat_widget": ["enabled": true, "website_url": "https://example.com"]])
            #expect(try await status() == "The agent can be deployed")
            let deployed = try await take("deploy", ["agent_id": JSON(id)])
            #expect(deployed["success"] == true && deployed["phone_number"] == "+1-555-0100")
            #expect(deployed["simulated"] == true)
            #expect(try await take("deploy", ["agent_id": JSON(id)]) == deployed)
            let shown = try await api.get("\(steps)/status?agent_id=\(id)").expect(200).json
            #expect(shown["status"] == "deployed" && shown["agent_id"].string == id)
            return id
        }

        @Test(arguments: ["", "/voiceflow"])
        func `from signing up to an agent that answers and is managed`(prefix: String) async throws {
            let api = try await Self.signedUp(at: prefix)
            #expect(try await api.get("\(prefix)/auth/me").expect(200).json["company_name"] == "Acme")
            let id = try await Self.deployed(api, at: prefix)
            let list = try await api.get("\(prefix)/agents").expect(200).json
            #expect(list.array?.count == 1 && list[0]["id"].string == id && list[0]["status"] == "active")
            #expect(list[0]["role"] == "Support" && list[0]["channels"] == ["phone", "chat"])
            #expect(list[0]["total_calls"] == 0 && list[0]["last_active"] == "never")
            let path = "\(prefix)/agents/\(id)"
            let details = try await api.get(path).expect(200).json
            #expect(details["voice_config"]["voice"] == "af_sarah" && details["voice_config"]["personality"] == "Dry")
            #expect(details["channel_config"]["chat_widget"]["enabled"] == true && details["description"] == "Books")
            func status() async throws -> JSON { try await api.get(path).expect(200).json["status"] }
            for (action, expected) in [
                ("\(path)/pause", "paused"), ("\(path)/activate", "active"), ("\(prefix)/agents/pause-all", "paused"),
                ("\(prefix)/agents/activate-all", "active"),
            ] {
                let answer = try await api.send(
                    "POST", action, headers: ["Content-Type": "application/json"]
                ).expect(200)
                #expect(answer.json == ["success": true])
                #expect(try await status().string == expected, "\(action)")
            }
            let changed = try await api.put(path, ["role": "Sales", "voice_config": ["tone": "bright"]]).expect(200)
            #expect(changed.json == ["success": true])
            let after = try await api.get(path).expect(200).json
            #expect(after["role"] == "Sales" && after["voice_config"]["tone"] == "bright")
            #expect(after["voice_config"]["voice"] == "af_sarah" && after["name"] == "Ada")
            #expect(try await api.delete(path).expect(200).json == ["success": true])
            try await api.get(path).expect(404)
            #expect(try await api.get("\(prefix)/agents").expect(200).json == [])
            #expect(try await api.send("POST", "\(prefix)/auth/logout").expect(200).json == ["success": true])
        }

        @Test(arguments: ["", "/voiceflow"])
        func `a call of another surface is in every list and figure`(prefix: String) async throws {
            let api = try await Self.signedUp()
            let agent = try await Self.deployed(api)
            let client = try await api.post(
                "/api/clients",
                ["name": "Dental", "phone_number": JSON(Phones.next()), "agent_id": JSON(agent)]
            ).expect(201).json["client"]["id"]
            let first = try await api.logCall(
                clientID: client.string ?? "", ["caller_name": "John", "sentiment": "positive", "llm_latency_ms": 400])
            let logged =
                try await api.post(
                    "/call-logs",
                    [
                        "phone_number": "+15550177", "agent_id": JSON(agent), "status": "failed",
                        "sentiment": "negative",
                        "transcript": "Agent: Hello\nCustomer: My bill", "summary": "A bill",
                        "key_phrases": ["billing"],
                        "duration_seconds": 204,
                    ]
                ).expect(201).json["id"].string ?? ""
            let running =
                try await api.post(
                    "/call-logs", ["phone_number": "+15550188", "agent_id": JSON(agent), "status": "connected"]
                ).expect(201).json["id"].string ?? ""
            func ids(_ query: String) async throws -> [String] {
                let page = try await api.get("\(prefix)/calls/logs?\(query)").expect(200).json
                return (page["logs"].array ?? []).compactMap { $0["id"].string }
            }
            #expect(try await ids("agent_id=\(agent)") == [running, logged, first])
            for (query, found) in [
                ("status=in_progress", running), ("status=failed", logged), ("type=phone&limit=1&page=2", logged),
            ] {
                #expect(try await ids(query) == [found], "\(query)")
            }
            #expect(try await ids("type=chat") == [])
            let call = try await api.get("\(prefix)/calls/\(logged)").expect(200).json
            #expect(call["agent_name"] == "Ada" && call["duration"] == "3m 24s" && call["status"] == "failed")
            #expect(call["customer_info"] == "+15550177" && call["transcript"][1]["message"] == "My bill")
            let transcript = try await api.get("\(prefix)/conversations/\(logged)/transcript").expect(200).json
            #expect(transcript["messages"] == call["transcript"])
            let conversations = try await api.get("\(prefix)/agents/\(agent)/conversations").expect(200).json
            #expect(conversations.array?.count == 3 && conversations[2]["customer_info"] == "John")
            let live = try await api.get("\(prefix)/conversations/active").expect(200).json
            #expect(live.array?.count == 1 && live[0]["id"].string == running && live[0]["agentName"] == "Ada")
            try await eventually(within: .seconds(2), "the calls are counted") {
                try await api.get("\(prefix)/analytics/overview").json["total_interactions"] == 3
            }
            try await expectFigures(api, agent, at: prefix)
        }

        private func expectFigures(_ api: APIClient, _ agent: String, at prefix: String) async throws {
            let analytics = prefix + "/analytics"
            let overview = try await api.get("\(analytics)/overview?agent_id=\(agent)").expect(200).json
            #expect(overview["total_interactions"] == 3 && overview["success_rate"] == 50)
            #expect(overview["avg_response_time"] == "0.4s" && overview["customer_satisfaction"] == 3)
            #expect(overview["interactions_change"] == "+100.0%")
            let metrics = try await api.get("\(analytics)/metrics?time_range=30d").expect(200).json["data"]
            #expect(metrics.array?.count == 30 && metrics[29]["total"] == 3 && metrics[29]["calls"] == 3)
            let hours = try await api.get("\(analytics)/metrics?time_range=24h").expect(200).json["data"]
            #expect(hours.array?.count == 24)
            let performance = try await api.get("\(analytics)/performance").expect(200).json["data"]
            #expect(performance[6]["success_rate"] == 50 && performance[6]["response_time"] == 0.4)
            let compared = try await api.get("\(analytics)/agents/comparison").expect(200).json["agents"]
            #expect(compared[0]["id"].string == agent && compared[0]["interactions"] == 3)
            let now = try await api.get("\(analytics)/realtime").expect(200).json
            #expect(now == ["active_calls": 1, "active_chats": 0, "queued_interactions": 0, "online_agents": 1])
            let shown = try await api.get("\(prefix)/agents").expect(200).json[0]
            #expect(shown["total_calls"] == 3 && shown["success_rate"] == 50 && shown["last_active"] == "just now")
        }

        @Test func `hours are counted when they are over`() async throws {
            let api = try await Self.signedUp()
            let client = try await api.createClient(phone: Phones.next())
            for hours in [1, 2, 25, 49] {
                let moment = ISO8601DateFormatter().string(from: Date().addingTimeInterval(TimeInterval(-3600 * hours)))
                _ = try await api.logCall(clientID: client, ["created_at": JSON(moment)])
            }
            try await eventually(within: .seconds(2), "the calls are counted") {
                let overview = try await api.get("/analytics/overview?time_range=24h").json
                return overview["total_interactions"] == 2 && overview["interactions_change"] == "+100.0%"
            }
            let points = try await api.get("/analytics/metrics?time_range=24h").expect(200).json["data"].array ?? []
            #expect(points.count == 24 && points[23]["total"] == 1 && points[22]["total"] == 1)
            let verify = try await Running.current.stack.run("analytics", "verify", within: .seconds(60))
            #expect(verify.output.contains("0 differences"))
        }
    }
}
