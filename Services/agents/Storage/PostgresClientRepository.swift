import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceHost

struct PostgresClientRepository: ClientRepository {
    let store: AgentsStore

    func add(
        _ client: Client, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<ClientRecord> {
        try await store.write(once: key, in: workspaceID, explaining: Self.fault) { transaction in
            try await requireAgent(of: client, in: workspaceID, transaction)
            try await transaction.query(Self.insert(client, in: workspaceID))
            try await transaction.append(
                ClientChanged(before: nil, after: client.record), workspaceID: workspaceID.uuid,
                to: AgentsStore.schema)
            return client.record
        }
    }

    func find(_ id: ClientID, in workspaceID: WorkspaceID) async throws -> ClientRecord? {
        let rows = try await store.database.query(
            """
            SELECT \(unsafe: Self.columns) FROM agents.clients
            WHERE workspace_id = \(workspaceID) AND id = \(id) AND is_active
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map { try Self.client($0).record }
    }

    func page(of workspaceID: WorkspaceID, limit: Int, after cursor: PageCursor?) async throws -> ClientPage {
        let cursor = cursor ?? PageCursor.newest
        let results = try await store.database.pipeline(
            [
                """
                SELECT \(unsafe: Self.columns) FROM agents.clients
                WHERE workspace_id = \(workspaceID) AND is_active AND (created_at, id) < (\(cursor.at), \(cursor.id))
                ORDER BY created_at DESC, id DESC LIMIT \(limit + 1)
                """,
                "SELECT count(*) FROM agents.clients WHERE workspace_id = \(workspaceID) AND is_active",
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let (clients, next) = try results[0].map { try Self.client($0).record }.page(of: limit) {
            PageCursor(at: $0.createdAt, id: $0.id.uuid)
        }
        return ClientPage(clients: clients, total: try results[1].one()?.decode(at: 0) ?? 0, next: next)
    }

    func change(
        _ id: ClientID, in workspaceID: WorkspaceID, by rule: @escaping @Sendable (Client) throws -> Client
    ) async throws -> ClientRecord {
        try await store.write(in: workspaceID, explaining: Self.fault) { transaction in
            let rows = try await transaction.query(
                """
                SELECT \(unsafe: Self.columns) FROM agents.clients
                WHERE workspace_id = \(workspaceID) AND id = \(id) AND is_active FOR UPDATE
                """)
            guard let row = try rows.one() else { throw Fault(.clientNotFound) }
            let before = try Self.client(row)
            let after = try rule(before)
            guard after != before else { return before.record }
            if after.record.agentID != before.record.agentID {
                try await requireAgent(of: after, in: workspaceID, transaction)
            }
            try await transaction.query(Self.update(after, in: workspaceID))
            try await transaction.append(
                ClientChanged(before: before.record, after: after.record), workspaceID: workspaceID.uuid,
                to: AgentsStore.schema)
            return after.record
        }
    }

    func workspace(of id: ClientID) async throws -> WorkspaceID? {
        let rows = try await store.jobs.query(
            "SELECT workspace_id FROM agents.clients WHERE id = \(id) AND is_active LIMIT 2", access: .readOnly)
        return rows.count == 1 ? try rows[0].decode(at: 0) : nil
    }

    private func requireAgent(
        of client: Client, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws {
        guard let agentID = client.record.agentID else { return }
        let rows = try await transaction.query(
            """
            SELECT 1 FROM agents.agents
            WHERE workspace_id = \(workspaceID) AND id = \(agentID) AND deleted_at IS NULL FOR KEY SHARE
            """)
        guard rows.count == 1 else { throw Fault(.agentNotFound, field: "agent_id") }
    }

    /// The unique index decides when two take a number at the same moment.
    private static func fault(_ error: DatabaseError) -> Fault? {
        error.constraint == "clients_active_phone"
            ? Fault(.phoneNumberTaken, field: ClientField.phoneNumber.rawValue) : nil
    }
}
