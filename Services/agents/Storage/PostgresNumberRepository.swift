import Bus
import Contracts
import Postgres
import ServiceHost

struct PostgresNumberRepository: NumberRepository {
    let store: AgentsStore

    func page(_ request: ListCampaignNumbers, in workspaceID: WorkspaceID) async throws -> NumberPage {
        let cursor = request.after ?? PageCursor.newest
        var filter: Statement = "workspace_id = \(workspaceID) AND campaign_id = \(request.campaignID)"
        if let state = request.state { filter = "\(filter) AND state = \(state.rawValue)" }
        let results = try await store.database.pipeline(
            [
                """
                SELECT \(unsafe: CampaignRows.columns) FROM agents.campaigns AS c
                WHERE c.workspace_id = \(workspaceID) AND c.id = \(request.campaignID) AND c.deleted_at IS NULL
                """,
                """
                SELECT \(unsafe: NumberRows.columns) FROM agents.campaign_numbers
                WHERE \(filter) AND id < \(cursor.id) ORDER BY id DESC LIMIT \(request.limit + 1)
                OFFSET \(request.after == nil ? request.offset : 0)
                """,
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        guard let campaign = try results[0].one().map(CampaignRows.campaign) else { throw Fault(.campaignNotFound) }
        let (numbers, next) = try results[1].map(NumberRows.number).page(of: request.limit) {
            PageCursor(at: $0.createdAt, id: $0.id.uuid)
        }
        return NumberPage(numbers: numbers, total: campaign.counts.of(request.state), next: next)
    }

    func add(
        _ given: GivenNumbers, to id: CampaignID, under key: IdempotencyKey?, at now: Timestamp,
        in workspaceID: WorkspaceID
    ) async throws -> Outcome<AddedNumbers> {
        try await store.write(once: key, in: workspaceID, explaining: { _ in nil }) { transaction in
            let campaign = try await PostgresCampaignRepository.locked(id, in: workspaceID, transaction)
            try Campaign.requireOpen(campaign)
            let added = try await PostgresCampaignRepository.insert(
                given.numbers, into: id, at: now, in: workspaceID, transaction)
            return AddedNumbers(
                added: added, duplicates: given.duplicates + given.numbers.count - added, rejected: given.rejected,
                rejectedCount: given.rejectedCount)
        }
    }
}

extension CampaignCounts {
    /// - Parameter state: nil for all.
    func of(_ state: NumberState?) -> Int {
        switch state {
        case nil: total
        case .pending: pending
        case .inProgress: inProgress
        case .completed: completed
        case .failed: failed
        }
    }
}
