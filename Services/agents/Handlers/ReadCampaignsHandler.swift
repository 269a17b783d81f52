import Bus
import Contracts

/// Answers with campaigns and their counts.
struct ReadCampaignsHandler: Sendable {
    let campaigns: any CampaignRepository

    @Sendable func handle(_ request: GetCampaign, from caller: Caller) async throws -> CampaignView {
        guard let campaign = try await campaigns.find(request.id, in: try caller.requireWorkspace()) else {
            throw Fault(.campaignNotFound)
        }
        return campaign
    }

    @Sendable func handle(_ request: ListCampaigns, from caller: Caller) async throws -> CampaignPage {
        let workspaceID = try caller.requireWorkspace()
        try PageBounds.check(limit: request.limit, offset: request.offset)
        return try await campaigns.page(request, in: workspaceID)
    }

    @Sendable func handle(_ request: GetDialingQueue, from caller: Caller) async throws -> DialingQueue {
        DialingQueue(due: try await campaigns.countDue(in: try caller.requireWorkspace()))
    }

    @Sendable func handle(_ request: ListCampaignStats, from caller: Caller) async throws -> CampaignStats {
        let workspaceID = try caller.requireWorkspace()
        try PageBounds.check(limit: request.limit)
        return CampaignStats(campaigns: try await campaigns.stats(request, in: workspaceID))
    }
}

/// How much of a list may be asked for.
enum PageBounds {
    /// - Throws: `.inputInvalid`.
    static func check(limit: Int, offset: Int = 0) throws(Fault) {
        guard (1...1000).contains(limit) else {
            throw Fault(.inputInvalid, "limit must be a number from 1 to 1000", field: "limit")
        }
        guard offset >= 0 else { throw Fault(.inputInvalid, "offset must be 0 or more", field: "offset") }
    }
}
