import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// The examples of the VoiceERA product's documentation, sent as printed and answered as printed, at `/` and below its
    /// prefix.
    @Suite struct VoiceExamples {
        private typealias Printed = PrintedVoiceExamples

        private func replay(
            _ request: String, _ values: [String: String], at prefix: String, status: Int = 200, like printed: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws -> JSON {
            let request = request.replacingFirst(" /", with: " \(prefix)/")
            let answer = try await PrintedRequest(request, values).send(Running.current.api)
            #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
            let problems = Likeness.problems(of: answer.json, like: try JSON(printed: printed))
            #expect(problems.isEmpty, "\(problems)", sourceLocation: sourceLocation)
            return answer.json
        }

        @Test(arguments: ["", "/voicera"])
        func `the examples of agents`(prefix: String) async throws {
            let api = try await Running.person()
            var values = ["token": try api.token]
            let made = try await replay(
                Printed.createAgent, values, at: prefix, status: 201, like: Printed.agentCreated)
            let id = try #require(made["id"].string)
            values["agent_id"] = id
            _ = try await replay(Printed.listAgents, values, at: prefix, like: Printed.agentsAnswer)
            let got = try await replay(Printed.getAgent, values, at: prefix, like: Printed.agentAnswer)
            #expect(got["voice_parameters"]["voice_id"] == "english_male" && got["voice_parameters"]["speed"] == 1)
            let updated = try await replay(Printed.updateAgent, values, at: prefix, like: Printed.agentUpdated)
            #expect(updated["version"] == 2 && updated["system_prompt"] == "New system prompt here")
            let config = try await api.get("\(prefix)/agents/\(id)/config").expect(200).json
            #expect(config["llm"]["model"] == "gpt-4" && config["stt"]["provider"] == "deepgram")
            let deleted = try await api.delete("\(prefix)/agents/\(id)").expect(204)
            #expect(deleted.body.isEmpty)
            try await api.get("\(prefix)/agents/\(id)").expect(404)
        }

        @Test(arguments: ["", "/voicera"])
        func `the examples of call logs and statistics`(prefix: String) async throws {
            let api = try await Running.person()
            let logged = try await api.post("\(prefix)/call-logs", try JSON(printed: Printed.callLog)).expect(201)
            let values = ["token": try api.token, "call_id": try #require(logged.json["id"].string)]
            let got = try await replay(Printed.getCallLog, values, at: prefix, like: Printed.callLog)
            let list = try await PrintedRequest(
                Printed.listCallLogs.replacingFirst(" /", with: " \(prefix)/"), values
            ).send(Running.current.api).expect(200).json
            #expect(list["total"] == 1 && list["items"][0] == got)
            try await eventually(within: .seconds(1), "the call is counted") {
                try await api.get("\(prefix)/analytics/calls").json["total_calls"] == 1
            }
            for (path, printed) in [
                ("calls", Printed.callStatistics), ("sentiment", Printed.sentiment),
                ("top-phrases", Printed.topPhrases),
            ] {
                for query in ["", "?days=1"] {
                    let answer = try await api.get("\(prefix)/analytics/\(path)\(query)").expect(200)
                    #expect(answer.json == (try JSON(printed: printed)), "\(path)")
                }
            }
        }

        @Test func `an error is said as both documents print it`() async throws {
            let answer = try await Running.current.api.post(
                "/auth/login", ["email": "nobody@example.com", "password": "wrong-password"])
            #expect(answer.status == 401 && answer.json["success"] == false && answer.json["data"].isNull)
            #expect(answer.json["error"]["code"] == "AUTH_001" && answer.json["error_code"] == "AUTH_001")
            #expect(answer.json["status_code"] == 401 && answer.json["detail"] == answer.json["message"])
            #expect(answer.json["timestamp"].string?.hasSuffix("Z") == true)
        }

        @Test func `an envelope is there for who asks for it`() async throws {
            let person = try await Running.person()
            // What is in an envelope is not what the description says of the bare body.
            var api = person
            api.onAnswer = nil
            let bare = try await api.post("/agents", ["name": "Wrapped"]).expect(201)
            let wrapped = try await api.get("/agents/\(bare.json["id"].string ?? "")?envelope=true").expect(200).json
            #expect(wrapped["success"] == true && wrapped["error"].isNull && wrapped["data"] == bare.json)
            #expect(wrapped["timestamp"].string?.hasSuffix("Z") == true)
            let list = try await api.get("/analytics/top-phrases?envelope=true").expect(200).json
            #expect(list["success"] == true && list["data"] == [])
            let refused = try await api.get("/agents/\(newUUID())?envelope=true").expect(404).json
            #expect(refused["success"] == false && refused["error"]["code"] == "AGENT_001")
        }
    }
}

extension String {
    fileprivate func replacingFirst(_ text: String, with other: String) -> String {
        guard let found = self.range(of: text) else { return self }
        return replacingCharacters(in: found, with: other)
    }
}
