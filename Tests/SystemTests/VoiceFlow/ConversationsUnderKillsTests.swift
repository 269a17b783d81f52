import Foundation
import TestSupport
import Testing

extension RealStack {
    /// Somebody chats while the process that holds the conversation, or the agents who answer, are killed in each phase of
    /// taking a message, answering it and making out what was said.
    @Suite struct ConversationsUnderKills {
        @Test(arguments: [
            ("calls", "calls.message-taken"), ("calls", "calls.turn-sent"), ("calls", "calls.turn-stored"),
            ("calls", "calls.answer-made"),
        ])
        func `each message is kept and answered once`(victim: String, phase: String) async throws {
            try await Stack.with { stack in
                let api = try await stack.api.chatting()
                try await api.say("Hello", in: "web-1").expect(200)
                try await stack.restart(victim, failpoint: "\(phase):kill@3")
                for number in 0..<6 {
                    let key = newUUID()
                    // As a client does: the same message under the same key until it is answered.
                    try await eventually(within: .seconds(30), "message \(number) is answered") {
                        let answer = try? await api.say("What is question \(number)?", in: "web-1", key: key)
                        return answer?.status == 200
                    }
                }
                try await eventually(within: .seconds(20), "\(victim) ends at \(phase)") {
                    await stack[victim].hasFired
                }
                let shown = try await api.get("/conversations/web-1/transcript").expect(200).json
                let said = shown["messages"].array ?? []
                #expect(said.map { $0["speaker"].string } == (0..<7).flatMap { _ in ["customer", "agent"] })
                #expect(
                    said.filter { $0["speaker"] == "customer" }.dropFirst().map { $0["message"].string }
                        == (0..<6).map { "What is question \($0)?" })
                try await api.post("/conversations/web-1/end", [:]).expect(200)
                try await eventually(within: .seconds(20), "it is counted once") {
                    let totals = try? await api.get("/analytics/overview?time_range=7d").json
                    return totals?["total_interactions"].int == 1
                }
                let verify = try await stack.run("analytics", "verify", within: .seconds(60))
                #expect(verify.output.contains("0 differences"))
            }
        }

        @Test func `what was said is made out although whoever does it is killed`() async throws {
            try await Stack.with { stack in
                let api = try await stack.api.chatting()
                try await stack.restart("calls", failpoint: "calls.analysed-unstored:kill@1")
                let id = try await api.say("I am very angry, my bill is wrong again!", in: "web-1").expect(200).json[
                    "conversation_id"
                ].string
                let call = try #require(id)
                try await api.post("/conversations/web-1/end", [:]).expect(200)
                try await eventually(within: .seconds(30), "calls ends while it makes it out") {
                    await stack["calls"].hasFired
                }
                // It was taken by the one that is dead: its time has to pass first.
                try await stack.query("UPDATE calls.analyses SET due_at = clock_timestamp()")
                try await eventually(within: .seconds(30), "it is made out") {
                    let shown = try? await api.get("/calls/\(call)").json
                    return shown?["summary"].string?.isEmpty == false && shown?["sentiment"] == "negative"
                }
                let details = try await api.get("/calls/\(call)").expect(200).json
                #expect(details["analysis"]["key_topics"].array?.isEmpty == false)
                let verify = try await stack.run("analytics", "verify", within: .seconds(60))
                #expect(verify.output.contains("0 differences"))
            }
        }
    }
}

extension APIClient {
    /// A client of an account of its own, with an active agent that chats.
    fileprivate func chatting() async throws -> APIClient {
        let answer = try await post(
            "/auth/signup",
            ["email": JSON("\(newUUID())@example.com"), "password": "secret1", "company_name": "Acme"]
        ).expect(200).json
        let api = with(.token(answer["token"].string ?? ""))
        let made = try await api.post(
            "/onboarding/agent", ["name": "Ada", "role": "Support", "channels": ["chat"]]
        ).expect(200).json
        try await api.send("POST", "/agents/\(made["agent_id"].string ?? "")/activate").expect(200)
        return api
    }

    func say(_ text: String, in session: String, key: String? = nil) async throws -> APIAnswer {
        try await post("/conversations/\(session)/message", ["message": JSON(text)], key: key)
    }
}
