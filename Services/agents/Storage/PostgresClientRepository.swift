import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceHost
import ServiceRuntime

struct PostgresClientRepository: ClientRepository {
    /// Logged in as the service.
    let database: Database
    /// Logged in as a role that sees every workspace.
    let jobs: Database
    private let replies = IdempotentReplies(schema: "agents")

    init(database: Database, jobs: Database) {
        self.database = database
        self.jobs = jobs
    }

    func add(
        _ client: Client, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<ClientRecord> {
        try await write(in: workspaceID) { transaction in
            if let key, let first = try await replies.find(key, in: workspaceID, transaction) {
                return Outcome(first, isReplayed: true)
            }
            try await requireAgent(of: client, in: workspaceID, transaction)
            try await transaction.query(Self.insert(client, in: workspaceID))
            if let key { try await replies.store(client.record, under: key, in: workspaceID, transaction) }
            try await transaction.append(
                ClientChanged(before: nil, after: client.record), workspaceID: workspaceID.uuid, to: "agents")
            return Outcome(client.record)
        }
    }

    func find(_ id: ClientID, in workspaceID: WorkspaceID) async throws -> ClientRecord? {
        let rows = try await database.query(
            """
            SELECT \(unsafe: Self.columns) FROM agents.clients
            WHERE workspace_id = \(workspaceID) AND id = \(id) AND is_active
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map { try Self.client($0).record }
    }

    func page(of workspaceID: WorkspaceID, limit: Int, after cursor: PageCursor?) async throws -> ClientPage {
        let cursor = cursor ?? PageCursor(at: Timestamp(microseconds: .max), id: Self.greatestID)
        let results = try await database.pipeline(
            [
                """
                SELECT \(unsafe: Self.columns) FROM agents.clients
                WHERE workspace_id = \(workspaceID) AND is_active AND (created_at, id) < (\(cursor.at), \(cursor.id))
                ORDER BY created_at DESC, id DESC LIMIT \(limit + 1)
                """,
                "SELECT count(*) FROM agents.clients WHERE workspace_id = \(workspaceID) AND is_active",
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let found = try results[0].map { try Self.client($0).record }
        let clients = Array(found.prefix(limit))
        let last = found.count > limit ? clients.last : nil
        return ClientPage(
            clients: clients, total: try results[1].one()?.decode(at: 0) ?? 0,
            next: last.map { PageCursor(at: $0.createdAt, id: $0.id.uuid) })
    }

    func change(
        _ id: ClientID, in workspaceID: WorkspaceID, by rule: @escaping @Sendable (Client) throws -> Client
    ) async throws -> ClientRecord {
        try await write(in: workspaceID) { transaction in
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
                to: "agents")
            return after.record
        }
    }

    func workspace(of id: ClientID) async throws -> WorkspaceID? {
        let rows = try await jobs.query(
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

    /// Runs `body` in one transaction. The unique index decides when two take a number at the same moment.
    private func write<Result: Sendable>(
        in workspaceID: WorkspaceID, _ body: (Transaction) async throws -> Result
    ) async throws -> Result {
        let stages = CommitStages(commitSent: { try? Failpoint.hit("agents.commit-sent") })
        do {
            let result = try await database.transaction(workspaces: [workspaceID.uuid], stages: stages) { transaction in
                let result = try await body(transaction)
                try await Failpoint.hit("agents.before-commit")
                return result
            }
            try await Failpoint.hit("agents.committed-unanswered")
            return result
        } catch let error as DatabaseError where error.constraint == "clients_active_phone" {
            throw Fault(.phoneNumberTaken, field: ClientField.phoneNumber.rawValue)
        }
    }

    private static let greatestID = UUID(
        uuid: (255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
}
