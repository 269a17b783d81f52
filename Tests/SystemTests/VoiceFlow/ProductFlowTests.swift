import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// The product's own way, from an account to an answered question and what is counted of it.
    @Suite struct ProductFlow {
        private static let questions = """
            Q: When are you open on Saturdays?
            A: On Saturdays we are open from nine to one.

            Q: How much is a cleaning?
            A: A professional cleaning costs 95 dollars.
            """

        private func settled(_ api: APIClient) async throws -> (prefix: String, agent: String) {
            let agent = try await VoiceFlow.deployed(api)
            var form = FormBody()
            form.add("faq_text", Self.questions)
            let added = try await api.post("/onboarding/knowledge", form: form).expect(200).json
            let id = added["documents"][0]["id"].string ?? ""
            try await eventually(within: .seconds(20), "the questions are read") {
                try await api.get("/knowledge/\(id)").expect(200).json["status"] == "ready"
            }
            return ("", agent)
        }

        @Test func `a question is answered from what the agent knows, and counted`() async throws {
            let api = try await VoiceFlow.signedUp()
            let (_, agent) = try await settled(api)
            func ask(_ text: String, in session: String = "visit-1") async throws -> JSON {
                try await api.post("/conversations/\(session)/message", ["message": JSON(text)]).expect(200).json
            }
            let answer = try await ask("How much does a cleaning cost?")
            #expect(answer["response"].string?.contains("95 dollars") == true, "\(answer)")
            #expect(answer["chunks_used"].int ?? 0 >= 1)
            let live = try await api.get("/conversations/active").expect(200).json
            #expect(live.array?.count == 1 && live[0]["agentName"] == "Ada" && live[0]["type"] == "chat")
            #expect(live[0]["lastMessage"] == answer["response"] && live[0]["status"] == "active")
            // What it does not know it does not make up.
            let unknown = try await ask("Do you repair bicycles in Lisbon?")
            #expect(unknown["chunks_used"] == 0 && unknown["response"].string?.contains("95") == false)
            let id = answer["conversation_id"].string ?? ""
            #expect(try await api.post("/conversations/visit-1/end", [:]).expect(200).json["success"] == true)
            #expect(try await api.post("/conversations/\(id)/rating", ["rating": 4]).expect(200).json["rating"] == 4)
            #expect(try await api.get("/conversations/active").expect(200).json == [])
            try await eventually(within: .seconds(20), "it is counted") {
                let overview = try await api.get("/analytics/overview?time_range=7d").expect(200).json
                return overview["total_interactions"] == 1 && overview["customer_satisfaction"] == 4.0
                    && overview["satisfaction_source"] == "ratings"
            }
            try await eventually(within: .seconds(20), "it is understood") {
                try await api.get("/calls/\(id)").expect(200).json["summary"].string?.isEmpty == false
            }
            let details = try await api.get("/calls/\(id)").expect(200).json
            #expect(details["status"] == "completed" && details["transcript"].array?.count == 4)
            #expect(details["analysis"]["customer_intent"].string?.isEmpty == false)
            let list = try await api.get("/agents/\(agent)/conversations").expect(200).json
            #expect(list[0]["id"].string == id && list[0]["type"] == "chat")
            // What happens in one product shows in the others.
            let log = try await api.get("/call-logs/\(id)").expect(200).json
            #expect(log["transcript"].string?.contains("Customer: How much does a cleaning cost?") == true)
        }

        @Test func `who asks for a human is told apart`() async throws {
            let api = try await VoiceFlow.signedUp()
            _ = try await settled(api)
            let path = "/conversations/visit-2/message"
            try await api.post(path, ["message": "I want to talk to a real person, please"]).expect(200)
            let live = try await api.get("/conversations/active").expect(200).json
            #expect(live[0]["status"] == "transferring")
            #expect(try await api.post("/conversations/visit-2/end", [:]).expect(200).json["escalated"] == true)
            let logs = try await api.get("/calls/logs?status=escalated").expect(200).json
            #expect(logs["total"] == 1 && logs["logs"][0]["status"] == "escalated")
            #expect(try await api.get("/calls/logs?status=completed").expect(200).json["total"] == 0)
        }

        @Test func `what is said and answered shows on the live feed, the answer in pieces to who asked`() async throws
        {
            let api = try await VoiceFlow.signedUp()
            let socket = try await WebSocketClient.open(
                port: try Running.current.stack.port, "/ws", headers: ["Authorization": "Bearer \(try api.token)"])
            _ = try await settled(api)
            var states: [String?] = []
            while states.last != "ready" {
                let frame = try await socket.next("knowledge", within: .seconds(20))
                states.append(frame["data"]["status"].string)
            }
            #expect(states.first == "pending")
            try await socket.send([
                "type": "message", "data": ["session_id": "visit-4", "message": "How much does a cleaning cost?"],
            ])
            var answer = ""
            var last: JSON = nil
            var events: [String?] = []
            // Pieces of the answer and what everybody sees come in any order.
            while last["done"] != true || events.count < 3 {
                let frame = try await socket.next(within: .seconds(20))
                switch frame["type"].string {
                case "answer":
                    last = frame["data"]
                    answer += last["delta"].string ?? ""
                case "conversation": events.append(frame["data"]["event"].string)
                default: continue
                }
            }
            #expect(answer.contains("95 dollars") && last["chunks_used"].int ?? 0 >= 1)
            #expect(events == ["started", "message", "message"])
            try await api.post("/conversations/visit-4/end", [:]).expect(200)
            #expect(try await socket.next("call_logged", within: .seconds(20))["data"]["call"]["type"] == "chat")
            await socket.close()
        }

        @Test func `what is said aloud is answered the same way`() async throws {
            let api = try await VoiceFlow.signedUp()
            _ = try await settled(api)
            let file = FileManager.default.temporaryDirectory.path + "/said-\(newUUID()).wav"
            try await TemporaryPostgres.onThread {
                try TemporaryPostgres.run([
                    "/usr/bin/flite", "-voice", "slt", "-t", "how much is a cleaning", "-o", file,
                ])
            }
            defer { try? FileManager.default.removeItem(atPath: file) }
            var form = FormBody()
            form.add("audio", file: "said.wav", Array(try Data(contentsOf: URL(fileURLWithPath: file))))
            let answer = try await api.post("/conversations/visit-3/audio", form: form).expect(200).json
            #expect(answer["transcript"].string?.contains("cleaning") == true, "\(answer)")
            #expect(answer["response"].string?.contains("95 dollars") == true, "\(answer)")
            // No sound, no form, no words.
            var empty = FormBody()
            empty.add("audio", file: "x.wav", [])
            try await api.post("/conversations/visit-3/audio", form: empty).expect(422)
            var nonsense = FormBody()
            nonsense.add("audio", file: "x.wav", Array("no sound at all".utf8))
            let refused = try await api.post("/conversations/visit-3/audio", form: nonsense).expect(422)
            #expect(refused.json["error"]["details"]["field"] == "audio")
        }
    }
}
