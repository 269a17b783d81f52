import Bus

/// Who the caller's workspace is.
package struct CompanyProfile: BusMessage, Codable, Equatable {
    /// 1–200 characters.
    package var name: String
    /// At most 200 characters, like the use case.
    package var industry: String
    package var useCase: String
    /// At most 4000 characters.
    package var description: String

    package init(name: String, industry: String, useCase: String, description: String = "") {
        self.name = name
        self.industry = industry
        self.useCase = useCase
        self.description = description
    }
}

/// Say who the workspace is; again: say it anew.
/// - Faults: `.inputInvalid`, `.keyReused`, `.stillRunning`.
package struct SetCompany: BusRequest, Codable {
    package static let subject: Subject = "agents.set-company.v1"
    package static let isRepeatable = true
    package typealias Reply = Outcome<Done>

    package var profile: CompanyProfile
    package var idempotency: IdempotencyKey?

    package init(profile: CompanyProfile, idempotency: IdempotencyKey? = nil) {
        self.profile = profile
        self.idempotency = idempotency
    }
}

/// Say more of an agent that is being set up.
/// - Faults: `.agentNotFound`, `.nothingToSetUp` when no agent is named and there is none, `.agentExists`,
///   `.inputInvalid`, `.keyReused`, `.stillRunning`.
package struct SetUpAgent: BusRequest, Codable {
    package static let subject: Subject = "agents.set-up-agent.v1"
    package static let isRepeatable = true
    package typealias Reply = Outcome<AgentRecord>

    /// Nil: the newest agent that is a draft, else the newest.
    package var agentID: AgentID?
    package var step: AgentStep
    package var fields: AgentFields
    package var idempotency: IdempotencyKey?

    package init(
        agentID: AgentID?, step: AgentStep, fields: AgentFields = AgentFields(), idempotency: IdempotencyKey? = nil
    ) {
        self.agentID = agentID
        self.step = step
        self.fields = fields
        self.idempotency = idempotency
    }
}

/// Let an agent answer: it becomes active, and gets a phone number when it is to be reached by phone. Again: the same.
/// - Faults: `.agentNotFound`, `.agentNotDeployable` naming the step that is missing, `.phoneNumbersUsedUp`, `.keyReused`,
///   `.stillRunning`.
package struct DeployAgent: BusRequest, Codable {
    package static let subject: Subject = "agents.deploy-agent.v1"
    package static let isRepeatable = true
    package typealias Reply = Outcome<AgentRecord>

    package var agentID: AgentID
    package var idempotency: IdempotencyKey?

    package init(agentID: AgentID, idempotency: IdempotencyKey? = nil) {
        self.agentID = agentID
        self.idempotency = idempotency
    }
}

/// How far the workspace and one of its agents are.
/// - Faults: `.agentNotFound` for an agent that is named and not there.
package struct GetOnboarding: BusRequest, Codable {
    package static let subject: Subject = "agents.get-onboarding.v1"
    package static let isRepeatable = true
    package typealias Reply = Onboarding

    /// Nil: the newest agent that is a draft, else the newest.
    package var agentID: AgentID?

    package init(agentID: AgentID?) {
        self.agentID = agentID
    }
}

package struct Onboarding: BusMessage, Codable, Equatable {
    package var company: CompanyProfile?
    package var agent: AgentRecord?

    package init(company: CompanyProfile?, agent: AgentRecord?) {
        self.company = company
        self.agent = agent
    }

    /// The steps without which no agent is deployed, in their order, and whether each is done.
    package var steps: [(name: String, isDone: Bool)] {
        func isDone(_ step: AgentStep) -> Bool { agent?.presence.stepsDone.contains(step) ?? false }
        return [
            ("company", company != nil), ("agent", agent != nil), ("voice", isDone(.voice)),
            ("channels", isDone(.channels)),
        ]
    }

    /// The first that is not done.
    package var missingStep: String? { steps.first { !$0.isDone }?.name }
}

/// Pause every active agent, or activate every paused one.
/// - Faults: `.keyReused`, `.stillRunning`.
package struct SetAgentsPaused: BusRequest, Codable {
    package static let subject: Subject = "agents.set-agents-paused.v1"
    package static let isRepeatable = true
    package typealias Reply = Outcome<ChangedAgents>

    package var isPaused: Bool
    package var idempotency: IdempotencyKey?

    package init(isPaused: Bool, idempotency: IdempotencyKey? = nil) {
        self.isPaused = isPaused
        self.idempotency = idempotency
    }
}

package struct ChangedAgents: BusMessage, Codable, Equatable {
    package var count: Int

    package init(count: Int) {
        self.count = count
    }
}
