import Bus
import Contracts

/// Where campaigns are kept. A change and the event that announces it are stored together.
protocol CampaignRepository: Sendable {
    /// Stores a new campaign with its numbers, once for each key.
    /// - Throws: `.agentNotFound`, `.keyReused`, `.stillRunning`.
    func add(
        _ campaign: CampaignRecord, numbers: [PhoneNumber], under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<CampaignView>

    /// Nil for one that is deleted or another workspace's.
    func find(_ id: CampaignID, in workspaceID: WorkspaceID) async throws -> CampaignView?

    /// Those that are not deleted, newest first.
    func page(_ request: ListCampaigns, in workspaceID: WorkspaceID) async throws -> CampaignPage

    /// Those that are not deleted, newest first.
    func stats(_ request: ListCampaignStats, in workspaceID: WorkspaceID) async throws -> [CampaignRecord]

    /// Numbers of active campaigns that are due and not placed.
    func countDue(in workspaceID: WorkspaceID) async throws -> Int

    /// Replaces a campaign by what `rule` makes of it, with nobody else in between; the counts are left as they are. The
    /// same one again is stored as no change. One that `rule` completes has what is pending settled as failed.
    /// - Parameters:
    ///   - numbers: in the place of all that it has; nil leaves them.
    ///   - key: under which it is changed once.
    ///   - rule: is told whether the campaign's agent is active.
    /// - Throws: `.campaignNotFound`, `.agentNotFound`, `.keyReused`, `.stillRunning`, `.campaignRunning` when one that runs
    ///   would get an agent that is not active, and what `rule` throws.
    func change(
        _ id: CampaignID, numbers: [PhoneNumber]?, under key: IdempotencyKey?, in workspaceID: WorkspaceID,
        by rule: @escaping @Sendable (CampaignRecord, _ isAgentActive: Bool) throws -> CampaignRecord
    ) async throws -> Outcome<CampaignView>

    /// Campaigns of all workspaces that time or their counts have moved on (`Campaign.advanced`), at most 100.
    func overdue() async throws -> [(workspaceID: WorkspaceID, id: CampaignID)]
}

/// Where the numbers of campaigns are kept.
protocol NumberRepository: Sendable {
    /// - Throws: `.campaignNotFound`.
    func page(_ request: ListCampaignNumbers, in workspaceID: WorkspaceID) async throws -> NumberPage

    /// Adds those that the campaign does not have, once for each key.
    /// - Throws: `.campaignNotFound`, `.campaignRunning` when it is completed, `.keyReused`, `.stillRunning`.
    func add(
        _ given: GivenNumbers, to id: CampaignID, under key: IdempotencyKey?, at now: Timestamp,
        in workspaceID: WorkspaceID
    ) async throws -> Outcome<AddedNumbers>
}

/// Where suppressions are kept.
protocol SuppressionRepository: Sendable {
    /// Stores a suppression, or gives the one of the same number its reason; once for each key.
    /// - Throws: `.keyReused`, `.stillRunning`.
    func add(
        _ suppression: Suppression, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<SuppressionRecord>

    func page(_ request: ListSuppressions, in workspaceID: WorkspaceID) async throws -> SuppressionPage

    /// - Returns: whether there was one.
    func remove(_ id: SuppressionID, in workspaceID: WorkspaceID) async throws -> Bool
}

extension CampaignRepository {
    /// The same without a key and without other numbers.
    func change(
        _ id: CampaignID, in workspaceID: WorkspaceID,
        by rule: @escaping @Sendable (CampaignRecord, _ isAgentActive: Bool) throws -> CampaignRecord
    ) async throws -> CampaignView {
        try await change(id, numbers: nil, under: nil, in: workspaceID, by: rule).value
    }
}
