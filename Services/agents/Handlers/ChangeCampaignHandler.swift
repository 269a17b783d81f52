import Bus
import Contracts

/// Changes, launches, pauses and deletes campaigns.
struct ChangeCampaignHandler: Sendable {
    let campaigns: any CampaignRepository
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: UpdateCampaign, from caller: Caller) async throws -> CampaignView {
        let given = try request.phoneNumbers.map { try GivenNumbers($0) }
        return try await change(request.id, expecting: request.expectedVersion, numbers: given?.numbers, caller) {
            if given != nil { try Campaign.requireDraft($0) }
            return try Campaign.changed($0, by: request.fields, at: $2)
        }.value
    }

    @Sendable func handle(_ request: DeleteCampaign, from caller: Caller) async throws -> Done {
        _ = try await change(request.id, expecting: request.expectedVersion, caller) { campaign, _, now in
            try Campaign.deleted(campaign, at: now)
        }
        return Done()
    }

    @Sendable func handle(_ request: LaunchCampaign, from caller: Caller) async throws -> Outcome<CampaignView> {
        try await change(request.id, expecting: request.expectedVersion, under: request.idempotency, caller) {
            try Campaign.launched($0, isAgentActive: $1, at: $2)
        }
    }

    @Sendable func handle(_ request: PauseCampaign, from caller: Caller) async throws -> Outcome<CampaignView> {
        try await change(request.id, expecting: request.expectedVersion, under: request.idempotency, caller) {
            campaign, _, now in
            try Campaign.paused(campaign, at: now)
        }
    }

    private func change(
        _ id: CampaignID, expecting version: Int?, numbers: [PhoneNumber]? = nil, under key: IdempotencyKey? = nil,
        _ caller: Caller,
        by rule: @escaping @Sendable (CampaignRecord, _ isAgentActive: Bool, Timestamp) throws -> CampaignRecord
    ) async throws -> Outcome<CampaignView> {
        let workspaceID = try caller.requireWorkspace()
        let now = now()
        let outcome = try await campaigns.change(id, numbers: numbers, under: key, in: workspaceID) {
            campaign, isAgentActive in
            guard version == nil || version == campaign.version else { throw Fault(.versionChanged) }
            return try rule(campaign, isAgentActive, now)
        }
        if !outcome.isReplayed { announce(workspaceID) }
        return outcome
    }
}
