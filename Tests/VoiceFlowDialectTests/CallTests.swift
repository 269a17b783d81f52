import Contracts
import Foundation
import GatewayHTTP
import Testing

@Suite struct CallTests {
    @Test func `logs are a page with its place among the others`() async throws {
        let test = try await TestGateway()
        test.services.change { state in state.calls = (0..<123).map { _ in .sample() } }
        let first = try await test.get("/calls/logs")
        #expect(first["logs"]?.items?.count == 20 && first["total"] == 123 && first["total_pages"] == 7)
        #expect(first["page"] == 1 && first["limit"] == 20 && first["next_cursor"]?.textValue != nil)
        let last = try await test.get("/calls/logs?page=2&limit=500")
        #expect(last["logs"]?.items?.count == 23 && last["limit"] == 100 && last["total_pages"] == 2)
        #expect(last["next_cursor"] == .null && last["page"] == 2)
        let cursor = try #require(first["next_cursor"]?.textValue)
        let second = try await test.get("/calls/logs?cursor=\(cursor)")
        #expect(second["logs"]?.items?.first?["id"]?.textValue == test.services.state.calls[20].id.description)
        #expect(try await test.get("/calls/logs?page=9")["logs"] == [])
    }

    @Test func `a log tells a call in the product's words`() async throws {
        let test = try await TestGateway()
        test.services.change {
            $0.calls = [
                .sample(),
                .sample(status: .ringing) {
                    $0.facts.channel = .chat
                    ($0.otherPartyPhone, $0.agentName) = ("", nil)
                },
                .sample(status: .failed) {
                    $0.facts.endCategory = .busy
                    $0.otherPartyName = "John Smith"
                },
            ]
        }
        let logs = try #require(try await test.get("/calls/logs")["logs"]?.items)
        #expect(logs[0]["type"] == "phone" && logs[0]["customer_info"] == "+15550177" && logs[0]["agent_name"] == "Ada")
        #expect(logs[0]["start_time"] == "2026-01-02T03:04:05Z" && logs[0]["duration"] == "3m 24s")
        #expect(logs[0]["status"] == "completed" && logs[0]["resolution"] == "resolved")
        #expect(logs[0]["summary"] == "A bill" && logs[0]["sentiment"] == "positive" && logs[0]["tags"] == ["billing"])
        #expect(logs[1]["type"] == "chat" && logs[1]["customer_info"] == "Visitor" && logs[1]["agent_name"] == "")
        #expect(logs[1]["status"] == "in_progress" && logs[1]["resolution"] == "")
        #expect(logs[2]["customer_info"] == "John Smith" && logs[2]["resolution"] == "busy")
    }

    @Test func `filters are handed on, and all is none`() async throws {
        let test = try await TestGateway()
        let agent = AgentID(UUID())
        _ = try await test.get("/calls/logs?status=in_progress&type=chat&agent_id=\(agent)")
        _ = try await test.get("/calls/logs?status=all&type=ALL&agent_id=all")
        _ = try await test.get("/calls/logs?status=failed&search=refund%20bill&page=3&limit=10")
        let listed = test.services.state.listed
        #expect(listed[0].statuses == [.initiated, .ringing, .connected] && listed[0].channel == .chat)
        #expect(listed[0].agentID == agent)
        #expect(listed[1].statuses == [] && listed[1].channel == nil && listed[1].agentID == nil)
        #expect(listed[2].search == "refund bill" && listed[2].offset == 20 && listed[2].limit == 10)
    }

    @Test(arguments: [
        ("page=0", 422), ("page=x", 422), ("limit=0", 422), ("status=gone", 422), ("type=fax", 422), ("cursor=x", 422),
        ("agent_id=nobody", 404),
    ])
    func `a wrong filter is refused`(query: String, status: Int) async throws {
        let answer = try await TestGateway().send(.get, "/calls/logs?\(query)")
        #expect(answer.status == status, "\(answer.json)")
    }

    @Test func `details say who said what, and when`() async throws {
        let test = try await TestGateway()
        let call = CallRecord.sample {
            $0.transcript =
                "Agent: Hello\n[00:05] Customer: My bill\nis wrong\nAda: I see\n[1:05] Aidan: Thanks\nBot 2: Bye"
        }
        test.services.change { $0.calls = [call] }
        let turns: JSONValue = [
            ["speaker": "agent", "message": "Hello", "timestamp": "2026-01-02T03:04:05Z"],
            ["speaker": "customer", "message": "My bill\nis wrong", "timestamp": "2026-01-02T03:04:10Z"],
            ["speaker": "agent", "message": "I see", "timestamp": "2026-01-02T03:04:10Z"],
            ["speaker": "customer", "message": "Thanks", "timestamp": "2026-01-02T03:05:10Z"],
            ["speaker": "agent", "message": "Bye", "timestamp": "2026-01-02T03:05:10Z"],
        ]
        let details = try await test.get("/calls/\(call.id)")
        #expect(details["id"]?.textValue == call.id.description && details["transcript"] == turns)
        #expect(details["analysis"]?["key_topics"] == ["billing"] && details["analysis"]?["resolution_quality"] == 1)
        let transcript = try await test.get("/conversations/\(call.id)/transcript")
        #expect(transcript == ["conversationId": .text(call.id.description), "messages": turns])
        for (path, code) in [
            ("/calls/\(UUID())", "CALL_001"), ("/calls/x", "CALL_001"),
            ("/conversations/\(UUID())/transcript", "CONVERSATION_001"),
            ("/conversations/x/transcript", "CONVERSATION_001"),
        ] {
            let answer = try await test.send(.get, path)
            #expect(answer.status == 404 && answer["error_code"]?.textValue == code)
        }
    }

    @Test func `conversations of an agent are the last ten unless more are wanted`() async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample()
        test.services.change { state in
            state.agents = [agent]
            state.calls = (0..<130).map { _ in .sample() }
        }
        let path = "/agents/\(agent.id)/conversations"
        let shown = try #require(try await test.get(path).items)
        #expect(shown.count == 10 && shown[0]["timestamp"] == "2026-01-02T03:04:05Z" && shown[0]["summary"] == "A bill")
        #expect(test.services.state.listed.allSatisfy { $0.agentID == agent.id })
        #expect(try await test.get(path + "?limit=75").items?.count == 75)
        #expect(try await test.get(path + "?limit=1000").items?.count == 100)
        #expect(try await test.send(.get, path + "?limit=0").status == 422)
        #expect(try await test.send(.get, "/agents/\(UUID())/conversations").status == 404)
    }

    @Test func `conversations go on where their link says`() async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample()
        test.services.change { state in
            state.agents = [agent]
            state.calls = (0..<25).map { _ in .sample() }
        }
        var (path, seen): (String?, [String]) = ("/agents/\(agent.id)/conversations?limit=10&x=a%20b", [])
        while let here = path {
            let answer = try await test.send(.get, here)
            seen += (answer.json.items ?? []).compactMap { $0["id"]?.textValue }
            path = answer.link?.firstMatch(of: /<.*\/voiceflow(.*)>; rel="next"/).map { String($0.1) }
            #expect(path.map { $0.contains("limit=10") && $0.contains("x=a%20b") } ?? (seen.count == 25))
        }
        #expect(seen == test.services.state.calls.map(\.id.description))
        #expect(try await test.send(.get, "/conversations/active?cursor=x").status == 422)
    }

    @Test func `what goes on is told with its last words and a running clock`() async throws {
        let test = try await TestGateway()
        let call = CallRecord.sample(status: .connected, at: Timestamp.now().adding(seconds: -225).text) {
            $0.transcript = "Agent: Hello\nCustomer: My bill"
        }
        test.services.change { $0.calls = [call] }
        let live = try #require(try await test.get("/conversations/active").items?.first)
        #expect(live["id"]?.textValue == call.id.description && live["type"] == "phone" && live["status"] == "active")
        #expect(live["agentName"] == "Ada" && live["customerInfo"] == "+15550177")
        #expect(["3:45", "3:46"].contains(live["duration"]?.textValue))
        #expect(live["lastMessage"] == "My bill" && live["sentiment"] == "positive")
        #expect(test.services.state.listed[0].statuses == [.initiated, .ringing, .connected])
    }
}
