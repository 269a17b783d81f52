import Contracts
import Foundation
import GatewayHTTP
import Testing

@Suite struct ConversationTests {
    @Test func `a message is handed on and its answer shown`() async throws {
        let test = try await TestGateway()
        let agent = AgentID(UUID())
        let answer = try await test.send(
            .post, "/conversations/web-1.a_B/message", #"{"message": "When are you open?", "agent_id": "\#(agent)"}"#)
        #expect(answer.status == 200 && answer["response"] == "From 9 to 5." && answer["chunks_used"] == 2)
        let sent = try #require(test.services.state.messages.first)
        #expect(sent.conversation == "web-1.a_B" && sent.text == "When are you open?" && sent.agentID == agent)
        #expect(answer["conversation_id"]?.textValue == CallID(sent.messageID).description)
        _ = try await test.send(.post, "/conversations/web-1/message", #"{"message": "And on Sundays?"}"#)
        #expect(test.services.state.messages[1].agentID == nil)
        #expect(test.services.state.messages[1].messageID != sent.messageID)
    }

    @Test(arguments: [
        "{}", #"{"message": null}"#, #"{"message": 1}"#, #"{"message": ["x"]}"#, #"{"message": "x", "agent_id": "y"}"#,
    ])
    func `a message that is none is refused by its field`(body: String) async throws {
        let test = try await TestGateway()
        let answer = try await test.send(.post, "/conversations/web-1/message", body)
        #expect(answer.status == 422 || answer.status == 404)
        #expect(test.services.state.messages.isEmpty)
    }

    @Test func `a transcript is word for word where turns were kept`() async throws {
        let test = try await TestGateway()
        let call = CallRecord.sample { $0.transcript = "[0:00] Customer: one two" }
        let moment = try #require(Timestamp(text: "2026-01-02T03:04:06.5Z"))
        test.services.change {
            $0.calls = [call]
            $0.turns = [
                Turn(number: 1, speaker: .customer, text: "one\ntwo", at: moment),
                Turn(number: 2, speaker: .agent, text: "Agent: three", at: moment),
            ]
        }
        let messages = try #require(try await test.get("/conversations/\(call.id)/transcript")["messages"]?.items)
        #expect(messages.count == 2 && messages[0]["speaker"] == "customer" && messages[0]["message"] == "one\ntwo")
        #expect(messages[1]["speaker"] == "agent" && messages[1]["message"] == "Agent: three")
        #expect(messages[0]["timestamp"] == "2026-01-02T03:04:06.500Z")
    }

    @Test func `a chat that asked for a human is transferring, then escalated`() async throws {
        let test = try await TestGateway()
        test.services.change {
            $0.calls = [.sample(status: .connected) { $0.isEscalated = true }, .sample { $0.isEscalated = true }]
        }
        #expect(try await test.get("/conversations/active").items?.first?["status"] == "transferring")
        let logs = try #require(try await test.get("/calls/logs?status=escalated")["logs"]?.items)
        #expect(logs[0]["status"] == "in_progress" && logs[1]["status"] == "escalated")
        #expect(logs[1]["resolution"] == "escalated")
        _ = try await test.get("/calls/logs?status=completed")
        let listed = test.services.state.listed.suffix(2)
        #expect(listed.map(\.isEscalated) == [true, false] && listed.allSatisfy { $0.statuses == [.completed] })
    }
}
