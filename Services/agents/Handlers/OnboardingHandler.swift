import Bus
import Contracts
import ServiceRuntime

/// Takes a workspace from its company to an agent that answers, one step at a time and each as often as needed.
struct OnboardingHandler: Sendable {
    let agents: any AgentRepository
    let companies: any CompanyRepository
    /// The operator's phone numbers; empty where agents get simulated ones.
    let numberPool: [String]
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: SetCompany, from caller: Caller) async throws -> Outcome<Done> {
        try await companies.set(
            try Company.checked(request.profile), under: request.idempotency, in: try caller.requireWorkspace())
    }

    @Sendable func handle(_ request: GetOnboarding, from caller: Caller) async throws -> Onboarding {
        try await onboarding(of: request.agentID, in: try caller.requireWorkspace())
    }

    @Sendable func handle(_ request: SetUpAgent, from caller: Caller) async throws -> Outcome<AgentRecord> {
        let workspaceID = try caller.requireWorkspace()
        let newest = request.agentID == nil ? try await agents.newest(in: workspaceID)?.id : nil
        guard let id = request.agentID ?? newest else { throw Fault(.nothingToSetUp) }
        let now = now()
        let outcome = try await agents.change(id, under: request.idempotency, in: workspaceID) {
            try Deployment.setUp($0, step: request.step, by: request.fields, at: now)
        }
        if !outcome.isReplayed { announce(workspaceID) }
        return outcome
    }

    /// Two who want one number at once are told apart by the database; the slower one tries the next.
    @Sendable func handle(_ request: DeployAgent, from caller: Caller) async throws -> Outcome<AgentRecord> {
        let workspaceID = try caller.requireWorkspace()
        let onboarding = try await onboarding(of: request.agentID, in: workspaceID)
        try Deployment.requireDeployable(onboarding)
        guard let agent = onboarding.agent else { throw Fault(.agentNotFound) }
        guard agent.presence.channels.contains(.phone) else {
            return try await deploy(onboarding, number: nil, request, in: workspaceID)
        }
        if let number = agent.presence.phoneNumber {
            return try await deploy(
                onboarding, number: (number, agent.presence.isPhoneSimulated), request, in: workspaceID)
        }
        for number in try await freeNumbers(for: agent, in: workspaceID) {
            do {
                return try await deploy(onboarding, number: number, request, in: workspaceID)
            } catch let fault as Fault where fault.entry == .phoneNumberTaken {
                continue
            }
        }
        throw Fault(.phoneNumbersUsedUp)
    }

    @Sendable func handle(_ request: SetAgentsPaused, from caller: Caller) async throws -> Outcome<ChangedAgents> {
        let workspaceID = try caller.requireWorkspace()
        let outcome = try await agents.setPaused(
            request.isPaused, under: request.idempotency, in: workspaceID, at: now())
        if !outcome.isReplayed, outcome.value.count > 0 { announce(workspaceID) }
        return outcome
    }

    private func deploy(
        _ onboarding: Onboarding, number: (text: String, isSimulated: Bool)?, _ request: DeployAgent,
        in workspaceID: WorkspaceID
    ) async throws -> Outcome<AgentRecord> {
        guard let id = onboarding.agent?.id else { throw Fault(.agentNotFound) }
        try await Failpoint.hit("agents.number-chosen")
        let now = now()
        let outcome = try await agents.change(id, under: request.idempotency, in: workspaceID) { agent in
            try Deployment.deployed(Onboarding(company: onboarding.company, agent: agent), number: number, at: now)
        }
        if !outcome.isReplayed { announce(workspaceID) }
        return outcome
    }

    private func freeNumbers(
        for agent: AgentRecord, in workspaceID: WorkspaceID
    ) async throws -> [(text: String, isSimulated: Bool)] {
        let candidates = Deployment.candidates(wanted: agent.presence.setup.phoneNumber, pool: numberPool)
        let taken =
            numberPool.isEmpty
            ? try await agents.numbers(in: workspaceID) : try await agents.taken(of: numberPool)
        return candidates.filter { !taken.contains($0.text) }
    }

    private func onboarding(of agentID: AgentID?, in workspaceID: WorkspaceID) async throws -> Onboarding {
        let company = try await companies.find(in: workspaceID)
        guard let agentID else {
            return Onboarding(company: company, agent: try await agents.newest(in: workspaceID))
        }
        guard let agent = try await agents.find(agentID, in: workspaceID) else { throw Fault(.agentNotFound) }
        return Onboarding(company: company, agent: agent)
    }
}
