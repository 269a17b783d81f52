import Contracts
import Postgres
import ServiceHost

/// Copies of agents in PostgreSQL.
struct PostgresAgentCopyRepository: Sendable {
    let database: Database

    func copy(of id: AgentID, in workspaceID: WorkspaceID) async throws -> AgentCopy? {
        let rows = try await database.query(
            """
            SELECT name, is_active, version FROM calls.agent_copies
            WHERE workspace_id = \(workspaceID) AND id = \(id)
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map { row in
            AgentCopy(
                workspaceID: workspaceID, id: id, name: try row[0], isActive: try row[1], version: try row[2])
        }
    }

    func keep(_ copy: AgentCopy) async throws {
        try await database.query(Self.statement([copy]), workspaces: [copy.workspaceID.uuid])
    }

    /// Keeps copies of different agents unless later versions are there.
    static func statement(_ copies: [AgentCopy]) -> Statement {
        """
        INSERT INTO calls.agent_copies (workspace_id, id, name, is_active, version)
        SELECT * FROM unnest(
            \(copies.map(\.workspaceID)), \(copies.map(\.id)), \(copies.map(\.name)), \(copies.map(\.isActive)),
            \(copies.map(\.version))) AS copy (workspace_id, id, name, is_active, version)
        ORDER BY 1, 2
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            name = excluded.name, is_active = excluded.is_active, version = excluded.version
        WHERE agent_copies.version < excluded.version
        """
    }
}
