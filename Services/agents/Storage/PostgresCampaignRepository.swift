import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceHost
import ServiceRuntime

struct PostgresCampaignRepository: CampaignRepository {
    /// The insertion of as many numbers as there may be takes seconds.
    static let longWriting = Duration.seconds(60)

    let store: AgentsStore

    func add(
        _ campaign: CampaignRecord, numbers: [PhoneNumber], under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<CampaignView> {
        try await store.write(once: key, in: workspaceID, explaining: { _ in nil }) { transaction in
            try await Self.requireAgent(campaign.agentID, in: workspaceID, transaction)
            try await transaction.query(CampaignRows.insert(campaign, in: workspaceID))
            try await Self.insert(
                numbers, into: campaign.id, at: campaign.createdAt, in: workspaceID, transaction)
            try await transaction.append(
                CampaignChanged(before: nil, after: CampaignSketch(campaign)), workspaceID: workspaceID.uuid,
                to: AgentsStore.schema)
            return try await Self.view(campaign.id, in: workspaceID, transaction)
        }
    }

    func find(_ id: CampaignID, in workspaceID: WorkspaceID) async throws -> CampaignView? {
        let rows = try await store.database.query(
            "\(Self.selection(of: id, in: workspaceID)) AND c.deleted_at IS NULL", workspaces: [workspaceID.uuid],
            access: .readOnly)
        return try rows.one().map(CampaignRows.view)
    }

    func page(_ request: ListCampaigns, in workspaceID: WorkspaceID) async throws -> CampaignPage {
        let cursor = request.after ?? PageCursor.newest
        var filter: Statement = "c.workspace_id = \(workspaceID) AND c.deleted_at IS NULL"
        if let agentID = request.agentID { filter = "\(filter) AND c.agent_id = \(agentID)" }
        if let status = request.status { filter = "\(filter) AND c.status = \(status.rawValue)" }
        let results = try await store.database.pipeline(
            [
                """
                SELECT \(unsafe: CampaignRows.columns), \(unsafe: CampaignRows.firstNumbers) FROM agents.campaigns AS c
                WHERE \(filter) AND (c.created_at, c.id) < (\(cursor.at), \(cursor.id))
                ORDER BY c.created_at DESC, c.id DESC LIMIT \(request.limit + 1)
                OFFSET \(request.after == nil ? request.offset : 0)
                """,
                "SELECT count(*) FROM agents.campaigns AS c WHERE \(filter)",
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let (campaigns, next) = try results[0].map(CampaignRows.view).page(of: request.limit) {
            PageCursor(at: $0.campaign.createdAt, id: $0.campaign.id.uuid)
        }
        return CampaignPage(campaigns: campaigns, total: try results[1].one()?.decode(at: 0) ?? 0, next: next)
    }

    func countDue(in workspaceID: WorkspaceID) async throws -> Int {
        let rows = try await store.database.query(
            """
            SELECT count(*) FROM agents.campaigns AS c
            JOIN agents.campaign_numbers AS n ON n.workspace_id = c.workspace_id AND n.campaign_id = c.id
            WHERE c.workspace_id = \(workspaceID) AND c.status = 'active' AND c.deleted_at IS NULL
                AND n.state = 'pending' AND n.due_at <= clock_timestamp()
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one()?.decode(at: 0) ?? 0
    }

    func stats(_ request: ListCampaignStats, in workspaceID: WorkspaceID) async throws -> [CampaignRecord] {
        var filter: Statement = "c.workspace_id = \(workspaceID) AND c.deleted_at IS NULL"
        if let agentID = request.agentID { filter = "\(filter) AND c.agent_id = \(agentID)" }
        if let campaignID = request.campaignID { filter = "\(filter) AND c.id = \(campaignID)" }
        let rows = try await store.database.query(
            """
            SELECT \(unsafe: CampaignRows.columns) FROM agents.campaigns AS c WHERE \(filter)
            ORDER BY c.created_at DESC, c.id DESC LIMIT \(request.limit)
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.map(CampaignRows.campaign)
    }

    func change(
        _ id: CampaignID, numbers: [PhoneNumber]?, under key: IdempotencyKey?, in workspaceID: WorkspaceID,
        by rule: @escaping @Sendable (CampaignRecord, _ isAgentActive: Bool) throws -> CampaignRecord
    ) async throws -> Outcome<CampaignView> {
        try await store.write(once: key, in: workspaceID, explaining: { _ in nil }) { transaction in
            let before = try await Self.locked(id, in: workspaceID, transaction)
            let isAgentActive = try await Self.isAgentActive(before.agentID, in: workspaceID, transaction)
            var after = try rule(before, isAgentActive)
            if numbers != nil, after == before {
                after.version += 1
                after.updatedAt = max(.now(), before.updatedAt)
            }
            if after.agentID != before.agentID {
                try await Self.requireAgent(after.agentID, in: workspaceID, transaction)
                let isNextActive = try await Self.isAgentActive(after.agentID, in: workspaceID, transaction)
                try Campaign.requireAgent(of: after, isActive: isNextActive)
            }
            if after != before {
                try await transaction.query(CampaignRows.update(after, in: workspaceID))
                if let numbers {
                    try await transaction.pipeline(NumberRows.clear(id, in: workspaceID))
                    try await Self.insert(numbers, into: id, at: after.updatedAt, in: workspaceID, transaction)
                }
                if after.status == .completed, before.status != .completed {
                    try await transaction.query(
                        CampaignRows.closeWindow(of: id, in: workspaceID), timeout: Self.longWriting)
                }
                try await transaction.append(
                    CampaignChanged(before: CampaignSketch(before), after: CampaignSketch(after)),
                    workspaceID: workspaceID.uuid, to: AgentsStore.schema)
            }
            return try await Self.view(id, in: workspaceID, transaction)
        }
    }

    func overdue() async throws -> [(workspaceID: WorkspaceID, id: CampaignID)] {
        let rows = try await store.jobs.query(
            """
            SELECT workspace_id, id FROM agents.campaigns
            WHERE status IN ('scheduled', 'active', 'paused') AND deleted_at IS NULL AND (
                end_time <= clock_timestamp()
                OR status = 'scheduled' AND coalesce(start_time, '-infinity') <= clock_timestamp()
                OR status = 'active' AND pending = 0 AND in_progress = 0)
            LIMIT 100
            """, access: .readOnly)
        return try rows.map { (workspaceID: try $0[0], id: try $0[1]) }
    }
}

extension PostgresCampaignRepository {
    /// The campaign, kept from others until the transaction ends.
    /// - Throws: `.campaignNotFound`.
    static func locked(
        _ id: CampaignID, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws -> CampaignRecord {
        let rows = try await transaction.query(
            """
            SELECT \(unsafe: CampaignRows.columns) FROM agents.campaigns AS c
            WHERE c.workspace_id = \(workspaceID) AND c.id = \(id) AND c.deleted_at IS NULL FOR UPDATE
            """)
        guard let campaign = try rows.one().map(CampaignRows.campaign) else { throw Fault(.campaignNotFound) }
        return campaign
    }

    /// - Returns: how many of them the campaign did not have.
    @discardableResult
    static func insert(
        _ numbers: [PhoneNumber], into id: CampaignID, at now: Timestamp, in workspaceID: WorkspaceID,
        _ transaction: Transaction
    ) async throws -> Int {
        guard !numbers.isEmpty else { return 0 }
        let ids = numbers.map { _ in NumberID(UUIDv7.make()) }.reversed()
        let rows = try await transaction.query(
            NumberRows.insert(numbers, ids: Array(ids), into: id, at: now, in: workspaceID), timeout: longWriting)
        return try rows.one()?.decode(at: 0) ?? 0
    }

    /// Also a deleted one.
    private static func selection(of id: CampaignID, in workspaceID: WorkspaceID) -> Statement {
        """
        SELECT \(unsafe: CampaignRows.columns), \(unsafe: CampaignRows.firstNumbers) FROM agents.campaigns AS c
        WHERE c.workspace_id = \(workspaceID) AND c.id = \(id)
        """
    }

    private static func view(
        _ id: CampaignID, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws -> CampaignView {
        let rows = try await transaction.query(selection(of: id, in: workspaceID))
        guard let view = try rows.one().map(CampaignRows.view) else { throw Fault(.campaignNotFound) }
        return view
    }

    /// Whether it is, until this transaction ends.
    private static func isAgentActive(
        _ id: AgentID, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws -> Bool {
        let rows = try await transaction.query(
            """
            SELECT status = 'active' AND deleted_at IS NULL FROM agents.agents
            WHERE workspace_id = \(workspaceID) AND id = \(id) FOR SHARE
            """)
        return try rows.one()?.decode(at: 0) ?? false
    }

    private static func requireAgent(
        _ id: AgentID, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws {
        let rows = try await transaction.query(
            """
            SELECT 1 FROM agents.agents WHERE workspace_id = \(workspaceID) AND id = \(id) AND deleted_at IS NULL
            FOR SHARE
            """)
        guard !rows.isEmpty else { throw Fault(.agentNotFound, field: "agent_id") }
    }
}
