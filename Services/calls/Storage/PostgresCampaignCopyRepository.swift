import Contracts
import Postgres
import ServiceHost

/// Copies of campaigns in PostgreSQL.
struct PostgresCampaignCopyRepository: Sendable {
    let database: Database

    func copy(of id: CampaignID, in workspaceID: WorkspaceID) async throws -> CampaignCopy? {
        let rows = try await database.query(
            """
            SELECT name, agent_id, is_active, version FROM calls.campaign_copies
            WHERE workspace_id = \(workspaceID) AND id = \(id)
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map { row in
            CampaignCopy(
                workspaceID: workspaceID, id: id, name: try row[0], agentID: try row[1], isActive: try row[2],
                version: try row[3])
        }
    }

    func keep(_ copy: CampaignCopy) async throws {
        try await database.query(Self.statement([copy]), workspaces: [copy.workspaceID.uuid])
    }

    /// Keeps copies of different campaigns unless later versions are there.
    static func statement(_ copies: [CampaignCopy]) -> Statement {
        """
        INSERT INTO calls.campaign_copies (workspace_id, id, name, agent_id, is_active, version)
        SELECT * FROM unnest(
            \(copies.map(\.workspaceID)), \(copies.map(\.id)), \(copies.map(\.name)), \(copies.map(\.agentID)),
            \(copies.map(\.isActive)), \(copies.map(\.version)))
            AS copy (workspace_id, id, name, agent_id, is_active, version)
        ORDER BY 1, 2
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            name = excluded.name, agent_id = excluded.agent_id, is_active = excluded.is_active,
            version = excluded.version
        WHERE campaign_copies.version < excluded.version
        """
    }
}
