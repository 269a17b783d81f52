import Contracts
import Postgres
import ServiceHost

/// Copies of clients in PostgreSQL.
struct PostgresClientCopyRepository: ClientCopyRepository {
    let database: Database

    func copy(of id: ClientID, in workspaceID: WorkspaceID) async throws -> ClientCopy? {
        let rows = try await database.query(
            """
            SELECT name, phone_number, agent_id, is_active, version FROM calls.client_copies
            WHERE workspace_id = \(workspaceID) AND id = \(id)
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        guard let row = try rows.one() else { return nil }
        return ClientCopy(
            workspaceID: workspaceID, id: id, name: try row[0], phoneNumber: try row[1], agentID: try row[2],
            isActive: try row[3], version: try row[4])
    }

    func keep(_ copy: ClientCopy) async throws {
        try await database.query(Self.statement([copy]), workspaces: [copy.workspaceID.uuid])
    }

    /// Keeps copies of different clients unless later versions are there.
    static func statement(_ copies: [ClientCopy]) -> Statement {
        """
        INSERT INTO calls.client_copies (workspace_id, id, name, phone_number, agent_id, is_active, version)
        SELECT * FROM unnest(
            \(copies.map(\.workspaceID)), \(copies.map(\.id)), \(copies.map(\.name)), \(copies.map(\.phoneNumber)),
            \(copies.map(\.agentID)), \(copies.map(\.isActive)), \(copies.map(\.version)))
            AS copy (workspace_id, id, name, phone_number, agent_id, is_active, version)
        ORDER BY 1, 2
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            name = excluded.name, phone_number = excluded.phone_number, agent_id = excluded.agent_id,
            is_active = excluded.is_active, version = excluded.version
        WHERE client_copies.version < excluded.version
        """
    }
}
