import Bus
import Contracts
import ServiceRuntime

struct CreateCampaignHandler: Sendable {
    let campaigns: any CampaignRepository
    /// Says that the workspace has a new event.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }
    var makeID: @Sendable () -> CampaignID = { CampaignID(UUIDv7.make()) }

    @Sendable func handle(_ request: CreateCampaign, from caller: Caller) async throws -> Outcome<CampaignView> {
        let workspaceID = try caller.requireWorkspace()
        let campaign = try Campaign.made(by: request.fields, id: makeID(), createdBy: caller.person, at: now())
        let given = try GivenNumbers(request.phoneNumbers)
        let outcome = try await campaigns.add(
            campaign, numbers: given.numbers, under: request.idempotency, in: workspaceID)
        if !outcome.isReplayed { announce(workspaceID) }
        return outcome
    }
}
