import Bus
import Contracts

/// The rules of a campaign.
enum Campaign {
    static let concurrentCalls = 1...10_000
    static let retries = 0...20
    static let retryDelaysSeconds = 0...2_592_000

    /// A new campaign, with no number yet.
    /// - Throws: `.inputInvalid`; `.agentNotFound` when no agent is named.
    static func made(
        by fields: CampaignFields, id: CampaignID, createdBy person: PersonID?, at now: Timestamp
    ) throws(Fault) -> CampaignRecord {
        guard let name = fields.name else { throw Fault(.inputInvalid, "name is required", field: "name") }
        guard let agentID = fields.agentID else {
            throw Fault(.inputInvalid, "agent_id is required", field: "agent_id")
        }
        let record = CampaignRecord(
            id: id, agentID: agentID, name: name, description: "", status: .draft, plan: CampaignPlan(),
            counts: CampaignCounts(), createdBy: person, createdAt: now, updatedAt: now, version: 1)
        return try filled(record, by: fields)
    }

    /// The campaign after a change; the same one, version included, when the fields change nothing.
    /// - Throws: `.inputInvalid`.
    static func changed(
        _ campaign: CampaignRecord, by fields: CampaignFields, at now: Timestamp
    ) throws(Fault) -> CampaignRecord {
        let next = try filled(campaign, by: fields)
        return next == campaign ? campaign : stepped(next, at: now)
    }

    /// - Throws: `.campaignRunning`.
    static func deleted(_ campaign: CampaignRecord, at now: Timestamp) throws(Fault) -> CampaignRecord {
        guard campaign.status != .active, campaign.status != .scheduled else {
            throw Fault(.campaignRunning, "The campaign is \(campaign.status.rawValue); pause it first")
        }
        var next = campaign
        next.isDeleted = true
        return stepped(next, at: now)
    }

    /// The campaign after its launch; the same one when it is launched already.
    /// - Throws: `.campaignNotLaunchable`.
    static func launched(
        _ campaign: CampaignRecord, isAgentActive: Bool, at now: Timestamp
    ) throws(Fault) -> CampaignRecord {
        guard campaign.status != .active, campaign.status != .scheduled else { return campaign }
        func refusal(_ rule: String) -> Fault { Fault(.campaignNotLaunchable, "Cannot launch campaign: \(rule)") }
        guard campaign.status != .completed else { throw refusal("it is completed") }
        guard isAgentActive else { throw refusal("its agent is not active") }
        guard campaign.counts.total > 0 else { throw refusal("it has no valid phone number") }
        guard let endTime = campaign.plan.endTime, endTime > now else {
            throw refusal("its end_time is not in the future")
        }
        var next = campaign
        next.status = campaign.plan.startTime.map { $0 > now } ?? false ? .scheduled : .active
        next.launchedAt = now
        next.pausedAt = nil
        return stepped(next, at: now)
    }

    /// The campaign after a pause; the same one when it is paused already.
    /// - Throws: `.campaignRunning` for one that was never launched or is completed.
    static func paused(_ campaign: CampaignRecord, at now: Timestamp) throws(Fault) -> CampaignRecord {
        switch campaign.status {
        case .paused: return campaign
        case .draft: throw Fault(.campaignRunning, "Only an active campaign can be paused; this one is a draft")
        case .completed: throw Fault(.campaignRunning, "Only an active campaign can be paused; this one is completed")
        case .active, .scheduled:
            var next = campaign
            next.status = .paused
            next.pausedAt = now
            return stepped(next, at: now)
        }
    }

    /// What time and its counts make of a campaign: a scheduled one starts, one whose numbers are all settled or whose
    /// end has passed is completed.
    static func advanced(_ campaign: CampaignRecord, at now: Timestamp) -> CampaignRecord {
        var next = campaign
        let hasEnded = campaign.plan.endTime.map { $0 <= now } ?? false
        let isSettled = campaign.counts.pending == 0 && campaign.counts.inProgress == 0
        switch campaign.status {
        case .draft, .completed: return campaign
        case .scheduled where hasEnded, .paused where hasEnded: next.status = .completed
        case .scheduled where campaign.plan.startTime.map({ $0 <= now }) ?? true: next.status = .active
        case .active where hasEnded || isSettled: next.status = .completed
        case .scheduled, .paused, .active: return campaign
        }
        if next.status == .completed { next.completedAt = now }
        return stepped(next, at: now)
    }

    /// A campaign that runs does not get an agent that would not call.
    /// - Throws: `.campaignRunning`.
    static func requireAgent(of campaign: CampaignRecord, isActive: Bool) throws(Fault) {
        guard isActive || (campaign.status != .active && campaign.status != .scheduled) else {
            throw Fault(
                .campaignRunning, "The campaign is \(campaign.status.rawValue) and needs an active agent",
                field: "agent_id")
        }
    }

    /// - Throws: `.campaignRunning`.
    static func requireDraft(_ campaign: CampaignRecord) throws(Fault) {
        guard campaign.status == .draft else {
            throw Fault(
                .campaignRunning, "phone_numbers can only be replaced while the campaign is a draft",
                field: "phone_numbers")
        }
    }

    /// - Throws: `.campaignRunning`.
    static func requireOpen(_ campaign: CampaignRecord) throws(Fault) {
        guard campaign.status != .completed else {
            throw Fault(.campaignRunning, "The campaign is completed and takes no more numbers")
        }
    }

    private static func stepped(_ campaign: CampaignRecord, at now: Timestamp) -> CampaignRecord {
        var next = campaign
        next.version += 1
        next.updatedAt = max(now, campaign.updatedAt)
        return next
    }

    private static func filled(
        _ campaign: CampaignRecord, by fields: CampaignFields
    ) throws(Fault) -> CampaignRecord {
        var next = campaign
        if let name = fields.name { next.name = try CampaignField.name.required(name) }
        if let agentID = fields.agentID { next.agentID = agentID }
        if let text = fields.description { next.description = try CampaignField.description.checked(text) }
        if let text = fields.callerID { next.plan.callerID = try CampaignField.callerID.checked(text) }
        if let moment = fields.startTime { next.plan.startTime = try CampaignField.moment(moment, "start_time") }
        if let moment = fields.endTime { next.plan.endTime = try CampaignField.moment(moment, "end_time") }
        if fields.clearsStartTime { next.plan.startTime = nil }
        if fields.clearsEndTime { next.plan.endTime = nil }
        if let calls = fields.maxConcurrentCalls {
            next.plan.maxConcurrentCalls = try CampaignField.number(calls, in: concurrentCalls, "max_concurrent_calls")
        }
        if let count = fields.maxRetries {
            next.plan.maxRetries = try CampaignField.number(count, in: retries, "retry_config.max_retries")
        }
        if let seconds = fields.retryDelaySeconds {
            next.plan.retryDelaySeconds = try CampaignField.number(
                seconds, in: retryDelaysSeconds, "retry_config.retry_delay")
        }
        if let start = next.plan.startTime, let end = next.plan.endTime, end <= start {
            throw Fault(.inputInvalid, "end_time must be after start_time", field: "end_time")
        }
        return next
    }
}
