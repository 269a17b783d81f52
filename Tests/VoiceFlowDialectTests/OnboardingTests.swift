import Contracts
import Foundation
import GatewayHTTP
import Testing

@Suite struct OnboardingTests {
    @Test func `an account is made with the product's pin, in a workspace named after the company`() async throws {
        let test = try await TestGateway()
        let answer = try await test.send(
            .post, "/auth/signup", #"{"email":"a@example.com","password":"secret1","company_name":"Acme"}"#)
        #expect(answer.status == 200 && answer["token"] == "t" && answer["user"]?["email"] == "a@example.com")
        let request = try #require(test.services.state.registered.first)
        #expect(request.clientHint == "voiceflow" && request.companyName == "Acme" && request.workspaceName == "Acme")
        #expect(try await test.send(.post, "/auth/signup", #"{"email":"a@example.com"}"#).status == 422)
    }

    @Test func `each step says what it was given`() async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample()
        test.services.change { $0.agents = [agent] }
        let company = try await test.send(
            .post, "/onboarding/company", #"{"company_name":"Acme","industry":"Health","use_case":"Bookings"}"#)
        #expect(company.json == ["success": true])
        #expect(
            test.services.state.company == CompanyProfile(name: "Acme", industry: "Health", useCase: "Bookings"))
        let made = try await test.send(
            .post, "/onboarding/agent", #"{"name":"Ada","role":"Support","channels":["phone","chat"]}"#)
        #expect(made.status == 200 && UUID(uuidString: made["agent_id"]?.textValue ?? "") != nil)
        let fields = try #require(test.services.state.created.first?.fields)
        #expect(fields.status == .draft && fields.role == "Support" && fields.channels == [.phone, .chat])
        let voice = try await test.send(
            .post, "/onboarding/voice",
            #"{"voice":"af_sarah","tone":"calm","personality":"Dry","language":"en","agent_id":"\#(agent.id)"}"#)
        #expect(voice.json == ["success": true])
        let channels = try await test.send(
            .post, "/onboarding/channels",
            #"{"phone_number":"+15550142","chat_widget":{"enabled":true,"widget_color":"red"},"email":{"to":["a"]}}"#)
        #expect(channels.json == ["success": true])
        let steps = test.services.state.setUp
        #expect(steps.map(\.step) == [.voice, .channels] && steps.map(\.agentID) == [agent.id, nil])
        #expect(steps[0].fields.voiceID == "af_sarah" && steps[0].fields.personality == "Dry")
        let setup = ChannelSetup(
            phoneNumber: "+15550142", chatWidget: ChatWidget(isEnabled: true, color: "red"), email: #"{"to":["a"]}"#)
        #expect(steps[1].fields.channelSetup == setup)
    }

    @Test(arguments: [
        ("company", #"{"industry":"a","use_case":"b"}"#, "company_name"),
        ("company", #"{"company_name":"a","industry":" ","use_case":"b"}"#, "industry"),
        ("company", #"{"company_name":"a","industry":"a","use_case":1}"#, "use_case"),
        ("agent", #"{"role":"a","channels":[]}"#, "name"), ("agent", #"{"name":"a","channels":[]}"#, "role"),
        ("agent", #"{"name":"a","role":"b"}"#, "channels"),
        ("agent", #"{"name":"a","role":"b","channels":["fax"]}"#, "channels"),
        ("voice", #"{"tone":"a","language":"en"}"#, "voice"), ("voice", #"{"voice":"a","language":"en"}"#, "tone"),
        ("voice", #"{"voice":"a","tone":"b"}"#, "language"), ("channels", #"{"phone_number":5}"#, "phone_number"),
        ("channels", #"{"chat_widget":true}"#, "chat_widget"), ("deploy", "{}", "agent_id"),
    ])
    func `a step without what it needs is refused by name`(step: String, body: String, field: String) async throws {
        let test = try await TestGateway()
        test.services.change { $0.agents = [.sample()] }
        let answer = try await test.send(.post, "/onboarding/\(step)", body)
        #expect(answer.status == 422 && answer["error_code"] == "VALIDATION_001")
        #expect(answer["error"]?["details"]?["field"]?.textValue == field)
        #expect(test.services.state.setUp.isEmpty && test.services.state.created.isEmpty)
    }

    @Test func `without an agent there is nothing to set up`() async throws {
        let test = try await TestGateway()
        let answer = try await test.send(.post, "/onboarding/channels", "{}")
        #expect(answer.status == 409 && answer["message"] == "There is no agent to set up yet")
    }

    @Test func `the status names the first step that is missing`() async throws {
        let test = try await TestGateway()
        func status() async throws -> [String] {
            let shown = try await test.get("/onboarding/status")
            let done = (shown["steps"]?.items ?? []).filter { $0["done"] == true }.compactMap { $0["name"]?.textValue }
            return [shown["status"]?.textValue ?? "", shown["message"]?.textValue ?? ""] + done
        }
        #expect(try await status() == ["in_progress", "The step company is missing"])
        test.services.change { $0.company = CompanyProfile(name: "a", industry: "b", useCase: "c") }
        #expect(try await status() == ["in_progress", "The step agent is missing", "company"])
        test.services.change { $0.agents = [.sample { $0.presence.stepsDone = [.channels] }] }
        #expect(try await status() == ["in_progress", "The step voice is missing", "company", "agent", "channels"])
        test.services.change { $0.agents[0].presence.stepsDone = [.voice, .channels] }
        let done = ["company", "agent", "voice", "channels"]
        #expect(try await status() == ["ready", "The agent can be deployed"] + done)
        test.services.change { $0.agents[0].presence.deployedAt = .now() }
        #expect(try await status() == ["deployed", "The agent answers"] + done + ["deploy"])
    }

    @Test func `a deployed agent has its number, and says when it is simulated`() async throws {
        let test = try await TestGateway()
        let agent = AgentRecord.sample { $0.presence.stepsDone = [.voice, .channels] }
        let silent = AgentRecord.sample {
            $0.presence.stepsDone = [.voice, .channels]
            $0.presence.phoneNumber = nil
        }
        let unready = AgentRecord.sample()
        test.services.change { $0.agents = [agent, silent, unready] }
        func deploy(_ id: AgentID) async throws -> TestAnswer {
            try await test.send(.post, "/onboarding/deploy", #"{"agent_id":"\#(id)"}"#)
        }
        let spoken: JSONValue = ["success": true, "phone_number": "+1-555-0142", "simulated": true]
        #expect(try await deploy(agent.id).json == spoken)
        #expect(try await deploy(silent.id).json == ["success": true])
        let refused = try await deploy(unready.id)
        #expect(refused.status == 409 && refused["error_code"] == "AGENT_003")
        #expect(refused["error"]?["details"]?["field"] == "voice")
        #expect(try await deploy(AgentID(UUID())).status == 404)
    }
}
