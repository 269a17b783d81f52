import Bus
import Contracts

/// The rules of bringing an agent from its first step to where it answers.
enum Deployment {
    /// What a step says of an agent.
    /// - Throws: `.inputInvalid`.
    static func setUp(
        _ agent: AgentRecord, step: AgentStep, by fields: AgentFields, at now: Timestamp
    ) throws(Fault) -> AgentRecord {
        var next = agent
        if !next.presence.stepsDone.contains(step) {
            next.presence.stepsDone = AgentStep.allCases.filter { $0 == step || next.presence.stepsDone.contains($0) }
        }
        let changed = try Agent.changed(next, by: fields, at: now)
        guard changed != agent, changed.version == agent.version else { return changed }
        return Agent.touched(changed, at: now)
    }

    /// The agent where it answers.
    /// - Parameter number: what it answers on the phone, unless it has a number already; nil when it is not to be reached
    ///   by phone.
    /// - Throws: `.agentNotDeployable`.
    static func deployed(
        _ onboarding: Onboarding, number: (text: String, isSimulated: Bool)?, at now: Timestamp
    ) throws(Fault) -> AgentRecord {
        guard let agent = onboarding.agent else { throw Fault(.agentNotFound) }
        try requireDeployable(onboarding)
        var next = agent
        next.status = .active
        if number == nil || agent.presence.phoneNumber == nil {
            next.presence.phoneNumber = number?.text
            next.presence.isPhoneSimulated = number?.isSimulated ?? false
        }
        next.presence.deployedAt = agent.presence.deployedAt ?? now
        return next == agent ? agent : Agent.touched(next, at: now)
    }

    static func requireDeployable(_ onboarding: Onboarding) throws(Fault) {
        guard onboarding.agent?.status != .archived else {
            throw Fault(.agentNotDeployable, "The agent is archived")
        }
        if let step = onboarding.missingStep {
            throw Fault(.agentNotDeployable, "The step \(step) is missing", field: step)
        }
    }

    /// The numbers that an agent may get, the best first.
    /// - Parameters:
    ///   - wanted: what was said when its channels were set up.
    ///   - pool: the operator's numbers; empty where there are none.
    static func candidates(wanted: String?, pool: [String]) -> [(text: String, isSimulated: Bool)] {
        // Kept for stories and films: nobody has one of the simulated ones.
        let numbers =
            pool.isEmpty ? (100...199).map { ("+1-555-0\($0)", true) } : pool.map { ($0, false) }
        guard let key = wanted.flatMap({ PhoneNumber($0)?.normalised }) else { return numbers }
        let isWanted = numbers.map { PhoneNumber($0.0)?.normalised == key }
        return zip(numbers, isWanted).filter(\.1).map(\.0) + zip(numbers, isWanted).filter { !$0.1 }.map(\.0)
    }
}
