import Contracts
import Foundation
import GatewayHTTP
import Testing
import VoiceFlowDialect

@Suite struct AgentTests {
    @Test func `every success of the surface has a body`() {
        for route in VoiceFlowDialect(prefix: "", common: SignInRoutes.routes).routes {
            guard case .json = route.answer else {
                Issue.record("\(route.method) \(route.path)")
                continue
            }
            #expect(route.status != .noContent)
        }
    }

    @Test func `are a bare array with what their calls come to`() async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample()
        test.services.change {
            $0.agents = [agent, .sample(name: "Old") { $0.status = .archived }]
            $0.totals = Measures([
                .calls: 10, .chats: 3, .ended: 8, .successes: 6, .responses: 4, .responseMicros: 9_200_000,
            ])
            $0.calls = [
                .sample(at: Timestamp.now().adding(seconds: -130).text) { $0.facts.agentID = agent.id }
            ]
        }
        let list = try #require(try await test.get("/agents").items)
        #expect(list.count == 2)
        #expect(list[0]["id"]?.textValue == agent.id.description)
        #expect(list[0]["name"] == "Ada" && list[0]["role"] == "Support" && list[0]["status"] == "active")
        #expect(list[0]["channels"] == ["phone", "chat"] && list[0]["phone_number"] == "+1-555-0142")
        #expect(list[0]["total_calls"] == 7 && list[0]["total_chats"] == 3)
        #expect(list[0]["success_rate"]?.numberValue == 75 && list[0]["avg_response_time"] == "2.3s")
        #expect(list[0]["last_active"] == "2 minutes ago" && list[0]["created_at"] == "2026-01-02T03:04:05Z")
        #expect(list[1]["status"] == "paused" && list[1]["last_active"] == "never")
    }

    @Test func `are an empty array before the first`() async throws {
        #expect(try await TestGateway().get("/agents") == [])
    }

    @Test func `show their settings one by one`() async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample()
        test.services.change { $0.agents = [agent] }
        let shown = try await test.get("/agents/\(agent.id)")
        #expect(shown["description"] == "Answers")
        #expect(shown["voice_config"] == ["voice": "af_sarah", "tone": "calm", "language": "en"])
        #expect(shown["channel_config"] == ["phone_number": "+15550142", "whatsapp": ["number": "+1"]])
        for path in ["/agents/\(UUID())", "/agents/nobody"] {
            let answer = try await test.send(.get, path)
            #expect(answer.status == 404 && answer["error_code"] == "AGENT_001")
        }
    }

    @Test func `are changed by what they show, and by nothing that is absent`() async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample()
        test.services.change { $0.agents = [agent] }
        let answer = try await test.send(
            .put, "/agents/\(agent.id)",
            #"{"role":"Sales","status":"paused","channels":["email","PHONE"],"voice_config":{"tone":"bright"}}"#)
        #expect(answer.status == 200 && answer.json == ["success": true])
        var fields = AgentFields()
        (fields.role, fields.status, fields.channels, fields.tone) = ("Sales", .paused, [.email, .phone], "bright")
        #expect(test.services.state.updated.map(\.fields) == [fields])
    }

    @Test(arguments: [
        (#"{"status":"archived"}"#, "status"), (#"{"status":"gone"}"#, "status"),
        (#"{"channels":["fax"]}"#, "channels"),
        (#"{"channels":"phone"}"#, "channels"), (#"{"voice_config":[]}"#, "voice_config"), (#"{"name":5}"#, "name"),
        (#"{"channel_config":{"chat_widget":{"enabled":"yes"}}}"#, "channel_config.chat_widget.enabled"),
    ])
    func `are not changed to what is wrong`(body: String, field: String) async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample()
        test.services.change { $0.agents = [agent] }
        let answer = try await test.send(.put, "/agents/\(agent.id)", body)
        #expect(answer.status == 422 && answer["error"]?["details"]?["field"]?.textValue == field)
        #expect(test.services.state.updated.isEmpty)
    }

    @Test func `are paused, activated and deleted with a body in every answer`() async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample()
        test.services.change { $0.agents = [agent] }
        for path in ["/agents/\(agent.id)/pause", "/agents/\(agent.id)/activate"] {
            #expect(try await test.send(.post, path).json == ["success": true])
        }
        #expect(test.services.state.updated.map(\.fields.status) == [.paused, .active])
        for path in ["/agents/pause-all", "/agents/activate-all"] {
            #expect(try await test.send(.post, path).json == ["success": true])
        }
        #expect(test.services.state.paused == [true, false])
        #expect(try await test.send(.delete, "/agents/\(agent.id)").json == ["success": true])
        #expect(try await test.send(.delete, "/agents/\(agent.id)").status == 404)
    }
}
