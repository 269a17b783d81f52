import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import agents

/// Workspaces on their way to an agent that answers, in PostgreSQL.
private struct OnboardingBench {
    let store: AgentsStore
    let handler: OnboardingHandler
    let agents: PostgresAgentRepository
    let owner: Database

    static func with(pool: [String] = [], _ body: (OnboardingBench) async throws -> Void) async throws {
        try await ServiceDatabase.with([.forAgents]) { services, owner in
            let agents = try #require(services["agents"])
            let store = AgentsStore(database: agents.database, jobs: agents.jobs)
            let repository = PostgresAgentRepository(store: store)
            try await body(
                OnboardingBench(
                    store: store,
                    handler: OnboardingHandler(
                        agents: repository, companies: PostgresCompanyRepository(store: store), numberPool: pool,
                        announce: { _ in }), agents: repository, owner: owner))
        }
    }

    static func caller(_ workspaceID: WorkspaceID) -> Caller {
        .service("test", workspaceID: workspaceID.uuid)
    }

    /// - Returns: the id of a new agent, a draft unless said otherwise.
    func add(
        to workspaceID: WorkspaceID, _ name: String = "Agent \(UUID())", at now: Timestamp = .now(),
        _ change: (inout AgentFields) -> Void = { _ in }
    ) async throws -> AgentID {
        var fields = AgentFields()
        (fields.name, fields.status, fields.channels) = (name, .draft, [.phone, .chat])
        change(&fields)
        let agent = try Agent.made(by: fields, id: AgentID(UUID()), createdBy: nil, at: now)
        _ = try await agents.add(agent, under: nil, in: workspaceID)
        return agent.id
    }

    func setUp(_ id: AgentID?, _ step: AgentStep, in workspaceID: WorkspaceID) async throws -> AgentRecord {
        try await handler.handle(SetUpAgent(agentID: id, step: step), from: Self.caller(workspaceID)).value
    }

    func deploy(_ id: AgentID, in workspaceID: WorkspaceID) async throws -> AgentRecord {
        try await handler.handle(DeployAgent(agentID: id), from: Self.caller(workspaceID)).value
    }

    /// - Returns: the id of an agent that wants nothing but to be deployed.
    func ready(in workspaceID: WorkspaceID) async throws -> AgentID {
        let profile = CompanyProfile(name: "Acme", industry: "Health", useCase: "Bookings")
        _ = try await handler.handle(SetCompany(profile: profile), from: Self.caller(workspaceID))
        let id = try await add(to: workspaceID)
        for step in AgentStep.allCases { _ = try await setUp(id, step, in: workspaceID) }
        return id
    }

    func onboarding(_ id: AgentID? = nil, in workspaceID: WorkspaceID) async throws -> Onboarding {
        try await handler.handle(GetOnboarding(agentID: id), from: Self.caller(workspaceID))
    }

    func setPaused(_ isPaused: Bool, in workspaceID: WorkspaceID) async throws -> Int {
        try await handler.handle(SetAgentsPaused(isPaused: isPaused), from: Self.caller(workspaceID)).value.count
    }

    func countOfEvents() async throws -> Int {
        try await owner.query("SELECT count(*) FROM agents.events")[0][0]
    }
}

@Suite struct `A workspace on its way` {
    private let workspaceID = WorkspaceID(UUID())

    @Test func `goes from nothing to an agent that answers, each step once or more`() async throws {
        try await OnboardingBench.with { bench in
            #expect(try await bench.onboarding(in: workspaceID) == Onboarding(company: nil, agent: nil))
            let id = try await bench.ready(in: workspaceID)
            _ = try await bench.setUp(nil, .voice, in: workspaceID)
            let onboarding = try await bench.onboarding(in: workspaceID)
            #expect(onboarding.company?.name == "Acme" && onboarding.agent?.id == id && onboarding.missingStep == nil)
            let deployed = try await bench.deploy(id, in: workspaceID)
            #expect(deployed.status == .active && deployed.presence.deployedAt != nil)
            #expect(deployed.presence.phoneNumber == "+1-555-0100" && deployed.presence.isPhoneSimulated)
            let events = try await bench.countOfEvents()
            #expect(try await bench.deploy(id, in: workspaceID) == deployed)
            #expect(try await bench.countOfEvents() == events)
            #expect(try await bench.agents.find(id, in: workspaceID) == deployed)
        }
    }

    @Test func `keeps all that is said of an agent`() async throws {
        try await OnboardingBench.with { bench in
            let id = try await bench.add(to: workspaceID) {
                ($0.role, $0.personality, $0.tone) = ("Support", "Dry", "calm")
                $0.channelSetup = ChannelSetup(
                    phoneNumber: "+15550142",
                    chatWidget: ChatWidget(isEnabled: true, websiteURL: "https://example.com", color: "red"),
                    whatsapp: #"{"a":"\u0000 ü"}"#, email: "null")
            }
            let agent = try #require(try await bench.agents.find(id, in: workspaceID))
            #expect(agent.presence.role == "Support" && agent.presence.personality == "Dry")
            #expect(agent.presence.channels == [.phone, .chat] && agent.setup.voice.tone == "calm")
            #expect(agent.presence.setup.chatWidget?.websiteURL == "https://example.com")
            #expect(agent.presence.setup.whatsapp == #"{"a":"\u0000 ü"}"# && agent.presence.setup.email == "null")
        }
    }

    @Test func `means the newest draft, else the newest agent, when it names none`() async throws {
        try await OnboardingBench.with { bench in
            #expect(await faultCode { try await bench.setUp(nil, .voice, in: workspaceID) } == .nothingToSetUp)
            let start = Timestamp.now()
            let old = try await bench.add(to: workspaceID, at: start) { $0.status = .active }
            let new = try await bench.add(to: workspaceID, at: start.adding(seconds: 1)) { $0.status = .paused }
            #expect(try await bench.setUp(nil, .voice, in: workspaceID).id == new)
            let oldDraft = try await bench.add(to: workspaceID, at: start.adding(seconds: -60))
            #expect(try await bench.setUp(nil, .voice, in: workspaceID).id == oldDraft)
            let newDraft = try await bench.add(to: workspaceID, at: start.adding(seconds: -30))
            #expect(try await bench.setUp(nil, .channels, in: workspaceID).id == newDraft)
            #expect(try await bench.onboarding(in: workspaceID).agent?.id == newDraft)
            #expect(try await bench.setUp(old, .channels, in: workspaceID).id == old)
        }
    }

    @Test func `is of one workspace alone`() async throws {
        try await OnboardingBench.with { bench in
            let id = try await bench.ready(in: workspaceID)
            let stranger = WorkspaceID(UUID())
            #expect(try await bench.onboarding(in: stranger) == Onboarding(company: nil, agent: nil))
            #expect(await faultCode { try await bench.onboarding(id, in: stranger) } == .agentNotFound)
            #expect(await faultCode { try await bench.setUp(id, .voice, in: stranger) } == .agentNotFound)
            #expect(await faultCode { try await bench.deploy(id, in: stranger) } == .agentNotFound)
            #expect(try await bench.setPaused(false, in: stranger) == 0)
            let hidden: Int = try await bench.store.database.query(
                "SELECT count(*) FROM agents.companies", workspaces: [stranger.uuid])[0][0]
            #expect(hidden == 0)
        }
    }

    @Test func `gives each number of the pool to one agent, of whatever workspace, when all want one at once`()
        async throws
    {
        let pool = ["+1 555 200 0001", "+1 555 200 0002", "+1 555 200 0003"]
        try await OnboardingBench.with(pool: pool) { bench in
            let places = (0..<8).map { _ in WorkspaceID(UUID()) }
            var ready: [(WorkspaceID, AgentID)] = []
            for place in places { ready.append((place, try await bench.ready(in: place))) }
            let outcomes = await withTaskGroup(of: (String?, FaultCode?).self) { group in
                for (place, id) in ready {
                    group.addTask {
                        do {
                            return (try await bench.deploy(id, in: place).presence.phoneNumber, nil)
                        } catch {
                            if !(error is Fault) { Issue.record(error) }
                            return (nil, (error as? Fault)?.entry)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.compactMap(\.0).sorted() == pool)
            #expect(outcomes.compactMap(\.1) == Array(repeating: .phoneNumbersUsedUp, count: 5))
            let kept: Int = try await bench.owner.query(
                "SELECT count(*) FROM agents.agents WHERE status = 'active' AND NOT phone_simulated")[0][0]
            #expect(kept == 3)
        }
    }

    @Test func `gives the number that was wanted, and one that has become free`() async throws {
        let pool = ["+1 555 200 0001", "+1 555 200 0002"]
        try await OnboardingBench.with(pool: pool) { bench in
            let first = try await bench.ready(in: workspaceID)
            _ = try await bench.agents.change(first, under: nil, in: workspaceID) { agent in
                var fields = AgentFields()
                fields.channelSetup = ChannelSetup(phoneNumber: "+15552000002")
                return try Agent.changed(agent, by: fields, at: .now())
            }
            #expect(try await bench.deploy(first, in: workspaceID).presence.phoneNumber == pool[1])
            let other = WorkspaceID(UUID())
            let second = try await bench.ready(in: other)
            #expect(try await bench.deploy(second, in: other).presence.phoneNumber == pool[0])
            let third = try await bench.ready(in: other)
            #expect(await faultCode { try await bench.deploy(third, in: other) } == .phoneNumbersUsedUp)
            _ = try await bench.agents.change(first, under: nil, in: workspaceID) { Agent.deleted($0, at: .now()) }
            let deployed = try await bench.deploy(third, in: other)
            #expect(deployed.presence.phoneNumber == pool[1] && !deployed.presence.isPhoneSimulated)
        }
    }

    @Test func `tells simulated numbers apart within a workspace`() async throws {
        try await OnboardingBench.with { bench in
            let other = WorkspaceID(UUID())
            let ids = [try await bench.ready(in: workspaceID), try await bench.ready(in: workspaceID)]
            let theirs = try await bench.ready(in: other)
            async let first = bench.deploy(ids[0], in: workspaceID)
            async let second = bench.deploy(ids[1], in: workspaceID)
            let numbers = [try await first, try await second].compactMap(\.presence.phoneNumber)
            #expect(numbers.sorted() == ["+1-555-0100", "+1-555-0101"])
            #expect(try await bench.deploy(theirs, in: other).presence.phoneNumber == "+1-555-0100")
        }
    }

    @Test func `gives one agent one number when it is deployed twice at once`() async throws {
        try await OnboardingBench.with(pool: ["+1 555 200 0001", "+1 555 200 0002"]) { bench in
            let id = try await bench.ready(in: workspaceID)
            let deployed = try await withThrowingTaskGroup(of: AgentRecord.self) { group in
                for _ in 0..<6 { group.addTask { try await bench.deploy(id, in: workspaceID) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(deployed.map(\.presence.phoneNumber)).count == 1)
            #expect(Set(deployed.map(\.version)).count == 1)
        }
    }

    @Test func `does nothing again that a late retry asks for`() async throws {
        try await OnboardingBench.with { bench in
            let id = try await bench.add(to: workspaceID) { $0.status = .active }
            let caller = OnboardingBench.caller(workspaceID)
            func key(_ text: String, _ body: String = "") -> IdempotencyKey {
                IdempotencyKey(digest: Array(text.utf8), fingerprint: Array(body.utf8))
            }
            func pause(_ isPaused: Bool, _ text: String) async throws -> Bool {
                let request = SetAgentsPaused(isPaused: isPaused, idempotency: key(text))
                return try await bench.handler.handle(request, from: caller).isReplayed
            }
            #expect(try await pause(true, "a") == false)
            #expect(try await pause(false, "b") == false)
            #expect(try await pause(true, "a"))
            #expect(try await bench.agents.find(id, in: workspaceID)?.status == .active)
            let profile = CompanyProfile(name: "Acme", industry: "Health", useCase: "Bookings")
            let set = SetCompany(profile: profile, idempotency: key("c"))
            _ = try await bench.handler.handle(set, from: caller)
            #expect(try await bench.handler.handle(set, from: caller).isReplayed)
            let other = SetCompany(profile: profile, idempotency: key("c", "other"))
            #expect(await faultCode { try await bench.handler.handle(other, from: caller) } == .keyReused)
            let voice = SetUpAgent(agentID: id, step: .voice, idempotency: key("d"))
            let first = try await bench.handler.handle(voice, from: caller)
            let again = try await bench.handler.handle(voice, from: caller)
            #expect(!first.isReplayed && again.isReplayed && again.value.version == first.value.version)
        }
    }

    @Test func `pauses what is active and activates what is paused, and announces each`() async throws {
        try await OnboardingBench.with { bench in
            let active = try await bench.add(to: workspaceID) { $0.status = .active }
            let paused = try await bench.add(to: workspaceID) { $0.status = .paused }
            let draft = try await bench.add(to: workspaceID)
            let theirs = WorkspaceID(UUID())
            let other = try await bench.add(to: theirs) { $0.status = .active }
            func statuses() async throws -> [AgentStatus?] {
                var statuses: [AgentStatus?] = []
                for id in [active, paused, draft] {
                    statuses.append(try await bench.agents.find(id, in: workspaceID)?.status)
                }
                return statuses
            }
            let events = try await bench.countOfEvents()
            #expect(try await bench.setPaused(true, in: workspaceID) == 1)
            #expect(try await statuses() == [.paused, .paused, .draft])
            #expect(try await bench.setPaused(true, in: workspaceID) == 0)
            #expect(try await bench.setPaused(false, in: workspaceID) == 2)
            #expect(try await statuses() == [.active, .active, .draft])
            #expect(try await bench.countOfEvents() == events + 3)
            #expect(try await bench.agents.find(active, in: workspaceID)?.version == 3)
            #expect(try await bench.agents.find(other, in: theirs)?.status == .active)
        }
    }
}
