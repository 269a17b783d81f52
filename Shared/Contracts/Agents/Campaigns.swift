import Bus

/// Where a campaign is in its life.
package enum CampaignStatus: String, Sendable, Codable, CaseIterable {
    case draft
    /// Launched, and its start is still to come.
    case scheduled
    case active
    case paused
    /// Every number is settled, or its end has passed. It stays so.
    case completed
}

/// How many numbers of a campaign are where; `pending + inProgress + completed + failed == total`, always.
package struct CampaignCounts: Sendable, Codable, Equatable {
    package var total: Int
    package var pending: Int
    package var inProgress: Int
    package var completed: Int
    package var failed: Int
    /// Failed calls after which their number was due again.
    package var retries: Int

    package init(
        total: Int = 0, pending: Int = 0, inProgress: Int = 0, completed: Int = 0, failed: Int = 0, retries: Int = 0
    ) {
        self.total = total
        self.pending = pending
        self.inProgress = inProgress
        self.completed = completed
        self.failed = failed
        self.retries = retries
    }
}

/// How a campaign calls.
package struct CampaignPlan: Sendable, Codable, Equatable {
    /// Nil: at once after the launch.
    package var startTime: Timestamp?
    /// Nil: when every number is settled.
    package var endTime: Timestamp?
    /// 1–10 000.
    package var maxConcurrentCalls: Int
    /// 0–20, of each number.
    package var maxRetries: Int
    /// 0 … 30 days.
    package var retryDelaySeconds: Int
    /// The number that is shown to the other party, at most 64 characters; empty when the carrier chooses.
    package var callerID: String

    package init(
        startTime: Timestamp? = nil, endTime: Timestamp? = nil, maxConcurrentCalls: Int = 10, maxRetries: Int = 0,
        retryDelaySeconds: Int = 300, callerID: String = ""
    ) {
        self.startTime = startTime
        self.endTime = endTime
        self.maxConcurrentCalls = maxConcurrentCalls
        self.maxRetries = maxRetries
        self.retryDelaySeconds = retryDelaySeconds
        self.callerID = callerID
    }
}

/// Calls to many numbers by one agent.
package struct CampaignRecord: BusMessage, Codable, Equatable {
    package var id: CampaignID
    package var agentID: AgentID
    package var name: String
    package var description: String
    package var status: CampaignStatus
    package var plan: CampaignPlan
    package var counts: CampaignCounts
    /// Who made it; nil when an API key did.
    package var createdBy: PersonID?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Of the last launch.
    package var launchedAt: Timestamp?
    /// Of the last pause; nil once it is launched again.
    package var pausedAt: Timestamp?
    package var completedAt: Timestamp?
    /// Grows by one with each change but those of the counts.
    package var version: Int
    package var isDeleted: Bool

    package init(
        id: CampaignID, agentID: AgentID, name: String, description: String, status: CampaignStatus,
        plan: CampaignPlan, counts: CampaignCounts, createdBy: PersonID?, createdAt: Timestamp, updatedAt: Timestamp,
        launchedAt: Timestamp? = nil, pausedAt: Timestamp? = nil, completedAt: Timestamp? = nil, version: Int,
        isDeleted: Bool = false
    ) {
        self.id = id
        self.agentID = agentID
        self.name = name
        self.description = description
        self.status = status
        self.plan = plan
        self.counts = counts
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.launchedAt = launchedAt
        self.pausedAt = pausedAt
        self.completedAt = completedAt
        self.version = version
        self.isDeleted = isDeleted
    }
}

/// A campaign as it is shown.
package struct CampaignView: BusMessage, Codable, Equatable {
    package var campaign: CampaignRecord
    /// At most 100, as given.
    package var firstNumbers: [String]

    package init(campaign: CampaignRecord, firstNumbers: [String]) {
        self.campaign = campaign
        self.firstNumbers = firstNumbers
    }
}

/// What may be said of a campaign, when it is made and later. Nil leaves a field as it is, or at its default.
package struct CampaignFields: Sendable, Codable, Equatable {
    /// 1–200 characters.
    package var name: String?
    package var agentID: AgentID?
    /// At most 4000 characters.
    package var description: String?
    package var startTime: Timestamp?
    package var endTime: Timestamp?
    package var clearsStartTime = false
    package var clearsEndTime = false
    package var maxConcurrentCalls: Int?
    package var maxRetries: Int?
    package var retryDelaySeconds: Int?
    package var callerID: String?

    package init() {}
}

/// Make a campaign; it is a draft.
/// - Faults: `.agentNotFound`, `.inputInvalid` (also naming the place of a text that is no phone number), `.keyReused`,
///   `.stillRunning`.
package struct CreateCampaign: BusRequest, Codable {
    package static let subject: Subject = "agents.create-campaign.v1"
    package typealias Reply = Outcome<CampaignView>

    package var fields: CampaignFields
    /// At most 100 000; spellings of one number count once.
    package var phoneNumbers: [String]
    package var idempotency: IdempotencyKey?

    package init(fields: CampaignFields, phoneNumbers: [String], idempotency: IdempotencyKey? = nil) {
        self.fields = fields
        self.phoneNumbers = phoneNumbers
        self.idempotency = idempotency
    }
}

/// One campaign that is not deleted.
/// - Faults: `.campaignNotFound`.
package struct GetCampaign: BusRequest, Codable {
    package static let subject: Subject = "agents.get-campaign.v1"
    package static let isRepeatable = true
    package typealias Reply = CampaignView

    package var id: CampaignID

    package init(id: CampaignID) {
        self.id = id
    }
}

/// Campaigns, newest first.
package struct ListCampaigns: BusRequest, Codable {
    package static let subject: Subject = "agents.list-campaigns.v1"
    package static let isRepeatable = true
    package typealias Reply = CampaignPage

    package var agentID: AgentID?
    package var status: CampaignStatus?
    /// 1–1000.
    package var limit: Int
    /// How many to leave out; ignored with a cursor.
    package var offset: Int
    package var after: PageCursor?

    package init(
        agentID: AgentID? = nil, status: CampaignStatus? = nil, limit: Int, offset: Int = 0, after: PageCursor? = nil
    ) {
        self.agentID = agentID
        self.status = status
        self.limit = limit
        self.offset = offset
        self.after = after
    }
}

package struct CampaignPage: BusMessage, Codable, Equatable {
    package var campaigns: [CampaignView]
    /// All that the filter lets through.
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(campaigns: [CampaignView], total: Int, next: PageCursor?) {
        self.campaigns = campaigns
        self.total = total
        self.next = next
    }
}

/// Change any subset of a campaign's fields.
/// - Faults: `.campaignNotFound`, `.agentNotFound`, `.inputInvalid`, `.versionChanged`; `.campaignRunning` for other
///   numbers once it is no draft.
package struct UpdateCampaign: BusRequest, Codable {
    package static let subject: Subject = "agents.update-campaign.v1"
    package typealias Reply = CampaignView

    package var id: CampaignID
    package var fields: CampaignFields
    /// In the place of all that it has; nil leaves them.
    package var phoneNumbers: [String]?
    /// Refuse unless the campaign has this version.
    package var expectedVersion: Int?

    package init(id: CampaignID, fields: CampaignFields, phoneNumbers: [String]? = nil, expectedVersion: Int? = nil) {
        self.id = id
        self.fields = fields
        self.phoneNumbers = phoneNumbers
        self.expectedVersion = expectedVersion
    }
}

/// Delete a campaign softly: its calls stay.
/// - Faults: `.campaignNotFound`, `.campaignRunning` while it is active or scheduled, `.versionChanged`.
package struct DeleteCampaign: BusRequest, Codable {
    package static let subject: Subject = "agents.delete-campaign.v1"
    package typealias Reply = Done

    package var id: CampaignID
    package var expectedVersion: Int?

    package init(id: CampaignID, expectedVersion: Int? = nil) {
        self.id = id
        self.expectedVersion = expectedVersion
    }
}

/// Launch a campaign, or go on with a paused one: active at once, or scheduled when its start is still to come. One that
/// is launched already is answered as it is.
/// - Faults: `.campaignNotFound`; `.campaignNotLaunchable` with the rule that fails: its agent must be active, it needs a
///   number and an end in the future, and a completed one stays completed; `.keyReused`, `.stillRunning`.
package struct LaunchCampaign: BusRequest, Codable {
    package static let subject: Subject = "agents.launch-campaign.v1"
    package typealias Reply = Outcome<CampaignView>

    package var id: CampaignID
    package var expectedVersion: Int?
    package var idempotency: IdempotencyKey?

    package init(id: CampaignID, expectedVersion: Int? = nil, idempotency: IdempotencyKey? = nil) {
        self.id = id
        self.expectedVersion = expectedVersion
        self.idempotency = idempotency
    }
}

/// Stop new calls of a campaign; those that run end as they do. A paused one is answered as it is.
/// - Faults: `.campaignNotFound`; `.campaignRunning` for a draft and a completed one, saying so; `.keyReused`,
///   `.stillRunning`.
package struct PauseCampaign: BusRequest, Codable {
    package static let subject: Subject = "agents.pause-campaign.v1"
    package typealias Reply = Outcome<CampaignView>

    package var id: CampaignID
    package var expectedVersion: Int?
    package var idempotency: IdempotencyKey?

    package init(id: CampaignID, expectedVersion: Int? = nil, idempotency: IdempotencyKey? = nil) {
        self.id = id
        self.expectedVersion = expectedVersion
        self.idempotency = idempotency
    }
}

/// The counts of campaigns, newest first, without their numbers.
package struct ListCampaignStats: BusRequest, Codable {
    package static let subject: Subject = "agents.list-campaign-stats.v1"
    package static let isRepeatable = true
    package static let priority = AdmissionPriority.statistics
    package typealias Reply = CampaignStats

    package var agentID: AgentID?
    package var campaignID: CampaignID?
    /// 1–1000.
    package var limit: Int

    package init(agentID: AgentID? = nil, campaignID: CampaignID? = nil, limit: Int = 1000) {
        self.agentID = agentID
        self.campaignID = campaignID
        self.limit = limit
    }
}

package struct CampaignStats: BusMessage, Codable, Equatable {
    package var campaigns: [CampaignRecord]

    package init(campaigns: [CampaignRecord]) {
        self.campaigns = campaigns
    }
}
