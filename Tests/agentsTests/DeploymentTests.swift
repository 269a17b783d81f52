import Bus
import Contracts
import Foundation
import Testing

@testable import agents

@Suite struct `Deploying an agent` {
    private let now = Timestamp(microseconds: 1_780_000_000_000_000)
    private let company = CompanyProfile(name: "Acme", industry: "Health", useCase: "Bookings")

    private func agent(_ change: (inout AgentRecord) -> Void = { _ in }) throws -> AgentRecord {
        var fields = AgentFields()
        fields.name = "Ada"
        fields.status = .draft
        fields.channels = [.chat, .phone]
        var agent = try Agent.made(by: fields, id: AgentID(UUID()), createdBy: nil, at: now)
        agent.presence.stepsDone = [.voice, .channels]
        change(&agent)
        return agent
    }

    private func fault<Result>(_ body: () throws -> Result) -> Fault? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? Fault
        }
    }

    @Test func `lets it answer, with its number`() throws {
        let agent = try agent()
        let deployed = try Deployment.deployed(
            Onboarding(company: company, agent: agent), number: ("+1-555-0100", true), at: now.adding(seconds: 5))
        #expect(deployed.status == .active && deployed.version == agent.version + 1)
        #expect(deployed.presence.phoneNumber == "+1-555-0100" && deployed.presence.isPhoneSimulated)
        #expect(deployed.presence.deployedAt == now.adding(seconds: 5))
    }

    @Test func `again changes nothing, and takes no second number`() throws {
        let once = try Deployment.deployed(
            Onboarding(company: company, agent: agent()), number: ("+1-555-0100", true), at: now)
        let onboarding = Onboarding(company: company, agent: once)
        #expect(try Deployment.deployed(onboarding, number: ("+1-555-0101", false), at: now.adding(seconds: 9)) == once)
    }

    @Test func `gives back the number of one that is not reached by phone any more`() throws {
        let agent = try agent { $0.presence.phoneNumber = "+1-555-0100" }
        let deployed = try Deployment.deployed(Onboarding(company: company, agent: agent), number: nil, at: now)
        #expect(deployed.presence.phoneNumber == nil)
    }

    @Test func `is refused by the first step that is missing`() throws {
        let ready = try agent()
        func missing(_ company: CompanyProfile?, _ agent: AgentRecord) -> String? {
            let fault = fault {
                try Deployment.deployed(Onboarding(company: company, agent: agent), number: nil, at: now)
            }
            #expect(fault == nil || fault?.entry == .agentNotDeployable)
            return fault?.field
        }
        #expect(missing(nil, ready) == "company")
        #expect(missing(company, try agent { $0.presence.stepsDone = [] }) == "voice")
        #expect(missing(company, try agent { $0.presence.stepsDone = [.channels] }) == "voice")
        #expect(missing(company, try agent { $0.presence.stepsDone = [.voice] }) == "channels")
        #expect(missing(company, ready) == nil)
        let archived = Onboarding(company: company, agent: try agent { $0.status = .archived })
        #expect(fault { try Deployment.requireDeployable(archived) }?.message == "The agent is archived")
        #expect(Onboarding(company: company, agent: nil).missingStep == "agent")
    }

    @Test func `takes a step once, however often it is said`() throws {
        let agent = try agent { $0.presence.stepsDone = [] }
        var fields = AgentFields()
        (fields.tone, fields.language) = ("calm", "hi")
        let first = try Deployment.setUp(agent, step: .channels, by: AgentFields(), at: now)
        #expect(first.presence.stepsDone == [.channels] && first.version == agent.version + 1)
        let second = try Deployment.setUp(first, step: .voice, by: fields, at: now)
        #expect(second.presence.stepsDone == [.voice, .channels] && second.version == first.version + 1)
        #expect(second.setup.voice.tone == "calm" && second.setup.language == "hi")
        #expect(try Deployment.setUp(second, step: .voice, by: fields, at: now) == second)
    }

    @Test func `prefers the number that was wanted, of the operator's or else of the simulated ones`() {
        let pool = ["+1 555 200 0001", "+1 555 200 0002", "+1 555 200 0003"]
        func texts(_ wanted: String?, _ pool: [String]) -> [String] {
            Deployment.candidates(wanted: wanted, pool: pool).map(\.text)
        }
        #expect(texts(nil, pool) == pool)
        #expect(texts("+15552000002", pool) == [pool[1], pool[0], pool[2]])
        #expect(texts("+15559999999", pool) == pool)
        #expect(Deployment.candidates(wanted: nil, pool: pool).allSatisfy { !$0.isSimulated })
        let simulated = Deployment.candidates(wanted: nil, pool: [])
        #expect(simulated.count == 100 && simulated.allSatisfy(\.isSimulated))
        #expect(simulated.first?.text == "+1-555-0100" && simulated.last?.text == "+1-555-0199")
        #expect(texts("+15550142", []).first == "+1-555-0142")
    }
}

@Suite struct `A company's profile` {
    private func checked(_ change: (inout CompanyProfile) -> Void) -> Result<CompanyProfile, Fault> {
        var profile = CompanyProfile(name: " Acme ", industry: "Health", useCase: "Bookings", description: " x ")
        change(&profile)
        return Result { () throws(Fault) in try Company.checked(profile) }
    }

    @Test func `is trimmed`() throws {
        let profile = try checked { _ in }.get()
        #expect(profile.name == "Acme" && profile.description == "x")
    }

    @Test func `is refused by the name of what is wrong`() {
        func field(_ change: (inout CompanyProfile) -> Void) -> String? {
            guard case .failure(let fault) = checked(change) else { return nil }
            return fault.field
        }
        #expect(field { $0.name = " " } == "company_name")
        #expect(field { $0.name = String(repeating: "a", count: 201) } == "company_name")
        #expect(field { $0.industry = String(repeating: "a", count: 201) } == "industry")
        #expect(field { $0.useCase = "\u{0}" } == "use_case")
        #expect(field { $0.description = String(repeating: "a", count: 4001) } == "description")
    }
}

@Suite struct `What an agent is to those who reach it` {
    private func changed(_ change: (inout AgentFields) -> Void) throws -> AgentRecord {
        let now = Timestamp(microseconds: 1_780_000_000_000_000)
        var fields = AgentFields()
        fields.name = "Ada"
        let agent = try Agent.made(by: fields, id: AgentID(UUID()), createdBy: nil, at: now)
        var changes = AgentFields()
        change(&changes)
        return try Agent.changed(agent, by: changes, at: now)
    }

    @Test func `is checked and kept`() throws {
        let agent = try changed {
            ($0.role, $0.personality) = (" Support ", "Dry")
            $0.channels = [.email, .phone, .email]
            $0.channelSetup = ChannelSetup(phoneNumber: " +15550142 ", chatWidget: ChatWidget(isEnabled: true))
        }
        #expect(agent.presence.role == "Support" && agent.presence.channels == [.phone, .email])
        #expect(agent.presence.setup.phoneNumber == "+15550142" && agent.version == 2)
    }

    @Test func `is refused by the name of what is wrong`() {
        func field(_ change: (inout AgentFields) -> Void) -> String? {
            do {
                _ = try changed(change)
                return nil
            } catch {
                return (error as? Fault)?.field
            }
        }
        #expect(field { $0.role = String(repeating: "a", count: 101) } == "role")
        #expect(field { $0.personality = String(repeating: "a", count: 2001) } == "personality")
        #expect(field { $0.channelSetup = ChannelSetup(phoneNumber: "nobody") } == "phone_number")
        #expect(
            field {
                $0.channelSetup = ChannelSetup(
                    chatWidget: ChatWidget(isEnabled: true, color: String(repeating: "#", count: 33)))
            } == "chat_widget.widget_color")
        #expect(field { $0.channelSetup = ChannelSetup(email: String(repeating: "1", count: 4097)) } == "email")
    }
}
