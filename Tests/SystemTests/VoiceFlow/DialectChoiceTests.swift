import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// Where two products have the same route, the account decides, and the header for one request.
    @Suite struct DialectChoice {
        private func answer(
            _ api: APIClient, _ method: String, _ path: String, as dialect: String? = nil
        ) async throws -> APIAnswer {
            try await api.send(method, path, headers: dialect.map { ["X-API-Dialect": $0] } ?? [:])
        }

        @Test func `agents are shown as the product of the account shows them`() async throws {
            let flow = try await VoiceFlow.signedUp()
            let id = try await VoiceFlow.deployed(flow)
            #expect(try await flow.get("/agents").expect(200).json.array?.count == 1)
            #expect(try await flow.get("/voicera/agents").expect(200).json["total"] == 1)
            let era = try await answer(flow, "GET", "/agents", as: "voicera").expect(200).json
            #expect(era["total"] == 1 && era["items"][0]["id"].string == id)
            let details = try await answer(flow, "GET", "/agents/\(id)", as: "voicera").expect(200).json
            #expect(details["llm_provider"] == "" && details["voice_config"].isNull)
            #expect(try await flow.get("/agents/\(id)").expect(200).json["voice_config"]["voice"] == "af_sarah")
            let key = try await flow.withNewKey(scopes: ["read:agents"])
            #expect(try await key.get("/agents").expect(200).json.array?.count == 1)
            for other in ["receptionist", "nothing", "voicera,voiceflow"] {
                let refused = try await answer(flow, "GET", "/agents", as: other)
                #expect(refused.status == 400 && refused.json["error_code"] == "VALIDATION_001")
            }
            #expect(try await answer(flow, "DELETE", "/agents/\(id)", as: "voicera").status == 204)
            #expect(try await answer(flow, "DELETE", "/agents/\(id)").status == 404)
        }

        @Test func `an account of another product keeps its own view`() async throws {
            let api = try Running.current.api
            let email = "\(newUUID())@example.com"
            try await api.post("/auth/register", ["email": JSON(email), "password": "secret1"]).expect(201)
            let login = try await api.post("/voiceflow/auth/login", ["email": JSON(email), "password": "secret1"])
                .expect(200).json
            let era = api.with(.token(login["token"].string ?? ""))
            let id = try await era.post("/agents", ["name": "Ada"]).expect(201).json["id"].string ?? ""
            #expect(try await era.get("/agents").expect(200).json["total"] == 1)
            let flow = try await answer(era, "GET", "/agents", as: "voiceflow").expect(200).json
            #expect(flow.array?.count == 1 && flow[0]["status"] == "active" && flow[0]["role"] == "")
            #expect(try await era.get("/voiceflow/agents").expect(200).json[0]["id"].string == id)
            let deleted = try await answer(era, "DELETE", "/agents/\(id)", as: "voiceflow").expect(200)
            #expect(deleted.json == ["success": true])
        }

        @Test func `signing in and out satisfies the clients of both`() async throws {
            let api = try Running.current.api
            let email = "\(newUUID())@example.com"
            let account: JSON = ["email": JSON(email), "password": "secret1", "company_name": "Acme"]
            try await api.post("/auth/signup", account).expect(200)
            try await api.post("/voiceflow/auth/signup", account).expect(409)
            for path in ["/auth/login", "/voicera/auth/login", "/voiceflow/auth/login"] {
                let login = try await api.post(path, account).expect(200).json
                #expect(login["refresh_token"].string != nil && login["user"]["company_name"] == "Acme")
                let person = api.with(.token(login["token"].string ?? ""))
                let me = try await person.get("/auth/me").expect(200).json
                #expect(me["email"].string == email && me["company_name"] == "Acme" && me["role"] == "admin")
                #expect(try await person.send("POST", "/auth/logout").expect(200).json == ["success": true])
            }
        }

        @Test func `another workspace sees nothing of it`() async throws {
            let mine = try await VoiceFlow.signedUp()
            let agent = try await VoiceFlow.deployed(mine)
            let call =
                try await mine.post("/call-logs", ["phone_number": "+15550177", "agent_id": JSON(agent)])
                .expect(201).json["id"].string ?? ""
            let stranger = try await VoiceFlow.signedUp()
            #expect(try await stranger.get("/agents").expect(200).json == [])
            #expect(try await stranger.get("/calls/logs?agent_id=\(agent)").expect(200).json["total"] == 0)
            #expect(try await stranger.get("/conversations/active").expect(200).json == [])
            #expect(
                try await stranger.get("/analytics/overview?agent_id=\(agent)").expect(200).json["total_interactions"]
                    == 0)
            for path in [
                "/agents/\(agent)", "/agents/\(agent)/conversations", "/calls/\(call)",
                "/conversations/\(call)/transcript", "/onboarding/status?agent_id=\(agent)",
            ] {
                #expect(try await stranger.get(path).status == 404, "\(path)")
            }
            for action in ["pause", "activate"] {
                try await stranger.post("/agents/\(agent)/\(action)", [:]).expect(404)
            }
            try await stranger.post("/agents/pause-all", [:]).expect(200)
            try await stranger.post("/onboarding/deploy", ["agent_id": JSON(agent)]).expect(404)
            #expect(try await mine.get("/agents").expect(200).json[0]["status"] == "active")
        }
    }
}
