import Bus
import Contracts

/// Shows the numbers of a campaign, and adds to them.
struct CampaignNumbersHandler: Sendable {
    let numbers: any NumberRepository
    /// Says that there may be something to dial.
    let wake: @Sendable () -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: ListCampaignNumbers, from caller: Caller) async throws -> NumberPage {
        let workspaceID = try caller.requireWorkspace()
        try PageBounds.check(limit: request.limit, offset: request.offset)
        return try await numbers.page(request, in: workspaceID)
    }

    @Sendable func handle(_ request: AddCampaignNumbers, from caller: Caller) async throws -> Outcome<AddedNumbers> {
        let workspaceID = try caller.requireWorkspace()
        guard request.numbers.count <= AddCampaignNumbers.longest else {
            throw Fault(
                .inputInvalid, "phone_numbers must have at most \(AddCampaignNumbers.longest) entries",
                field: "phone_numbers")
        }
        let outcome = try await numbers.add(
            GivenNumbers(sorting: request.numbers), to: request.campaignID, under: request.idempotency, at: now(),
            in: workspaceID)
        if !outcome.isReplayed { wake() }
        return outcome
    }
}
