import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceHost

struct PostgresAgentRepository: AgentRepository {
    let store: AgentsStore

    func add(
        _ agent: AgentRecord, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<AgentRecord> {
        try await store.write(once: key, in: workspaceID, explaining: Self.fault) { transaction in
            try await transaction.query(try AgentRows.insert(agent, in: workspaceID))
            try await transaction.append(
                AgentChanged(before: nil, after: agent), workspaceID: workspaceID.uuid, to: AgentsStore.schema)
            return agent
        }
    }

    func find(_ id: AgentID, in workspaceID: WorkspaceID) async throws -> AgentRecord? {
        let rows = try await store.database.query(
            """
            SELECT \(unsafe: AgentRows.columns) FROM agents.agents
            WHERE workspace_id = \(workspaceID) AND id = \(id) AND deleted_at IS NULL
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map(AgentRows.agent)
    }

    func page(_ request: ListAgents, in workspaceID: WorkspaceID) async throws -> AgentPage {
        let cursor = request.after ?? PageCursor.newest
        var filter: Statement = "workspace_id = \(workspaceID) AND deleted_at IS NULL"
        if !request.statuses.isEmpty { filter = "\(filter) AND status = ANY (\(request.statuses.map(\.rawValue)))" }
        if let search = request.search {
            let pattern = LikePattern.containing(search)
            filter = "\(filter) AND (name ILIKE \(pattern) OR description ILIKE \(pattern))"
        }
        let results = try await store.database.pipeline(
            [
                """
                SELECT \(unsafe: AgentRows.columns) FROM agents.agents
                WHERE \(filter) AND (created_at, id) < (\(cursor.at), \(cursor.id))
                ORDER BY created_at DESC, id DESC LIMIT \(request.limit + 1)
                OFFSET \(request.after == nil ? request.offset : 0)
                """,
                "SELECT count(*) FROM agents.agents WHERE \(filter)",
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let (agents, next) = try results[0].map(AgentRows.agent).page(of: request.limit) {
            PageCursor(at: $0.createdAt, id: $0.id.uuid)
        }
        return AgentPage(agents: agents, total: try results[1].one()?.decode(at: 0) ?? 0, next: next)
    }

    func change(
        _ id: AgentID, under key: IdempotencyKey?, in workspaceID: WorkspaceID,
        by rule: @escaping @Sendable (AgentRecord) throws -> AgentRecord
    ) async throws -> Outcome<AgentRecord> {
        try await store.write(once: key, in: workspaceID, explaining: Self.fault) { transaction in
            let rows = try await transaction.query(
                """
                SELECT \(unsafe: AgentRows.columns) FROM agents.agents
                WHERE workspace_id = \(workspaceID) AND id = \(id) AND deleted_at IS NULL FOR UPDATE
                """)
            guard let before = try rows.one().map(AgentRows.agent) else { throw Fault(.agentNotFound) }
            let after = try rule(before)
            guard after != before else { return before }
            let isGone = after.isDeleted || (after.status == .archived && before.status != .archived)
            if isGone { try await refuseInUse(id, in: workspaceID, transaction) }
            try await Self.store(after, insteadOf: before, in: workspaceID, transaction)
            if after.isDeleted { try await Self.forget(what: id, in: workspaceID, transaction) }
            return after
        }
    }

    func newest(in workspaceID: WorkspaceID) async throws -> AgentRecord? {
        let rows = try await store.database.query(
            """
            SELECT \(unsafe: AgentRows.columns) FROM agents.agents
            WHERE workspace_id = \(workspaceID) AND deleted_at IS NULL
            ORDER BY status <> 'draft', created_at DESC, id DESC LIMIT 1
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map(AgentRows.agent)
    }

    func setPaused(
        _ isPaused: Bool, under key: IdempotencyKey?, in workspaceID: WorkspaceID, at now: Timestamp
    ) async throws -> Outcome<ChangedAgents> {
        let (old, new): (AgentStatus, AgentStatus) = isPaused ? (.active, .paused) : (.paused, .active)
        return try await store.write(once: key, in: workspaceID, explaining: Self.fault) { transaction in
            let rows = try await transaction.query(
                """
                SELECT \(unsafe: AgentRows.columns) FROM agents.agents
                WHERE workspace_id = \(workspaceID) AND status = \(old.rawValue) AND deleted_at IS NULL
                ORDER BY id FOR UPDATE
                """)
            for row in rows {
                let before = try AgentRows.agent(row)
                var after = Agent.touched(before, at: now)
                after.status = new
                try await Self.store(after, insteadOf: before, in: workspaceID, transaction)
            }
            return ChangedAgents(count: rows.count)
        }
    }

    func taken(of numbers: [String]) async throws -> Set<String> {
        let rows = try await store.jobs.query(
            """
            SELECT phone_number FROM agents.agents
            WHERE phone_number = ANY (\(numbers)) AND NOT phone_simulated AND deleted_at IS NULL
            """)
        return Set(try rows.map { try $0[0] })
    }

    func numbers(in workspaceID: WorkspaceID) async throws -> Set<String> {
        let rows = try await store.database.query(
            """
            SELECT phone_number FROM agents.agents
            WHERE workspace_id = \(workspaceID) AND phone_number IS NOT NULL AND deleted_at IS NULL
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return Set(try rows.map { try $0[0] })
    }

    private static func store(
        _ after: AgentRecord, insteadOf before: AgentRecord, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws {
        if let number = after.presence.phoneNumber, number != before.presence.phoneNumber,
            !after.presence.isPhoneSimulated
        {
            // Two who take one number at once would each wait for the other: one after the other instead.
            let key = "agents.number \(number)"
            try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended(\(key), 0))")
        }
        try await transaction.query(try AgentRows.update(after, in: workspaceID))
        try await transaction.append(
            AgentChanged(before: before, after: after), workspaceID: workspaceID.uuid, to: AgentsStore.schema)
    }

    /// Nobody else knows what only this agent knew. Its files are taken by the sweeper.
    private static func forget(
        what id: AgentID, in workspaceID: WorkspaceID, _ transaction: Transaction
    ) async throws {
        let results = try await transaction.pipeline([
            """
            SELECT id, name FROM agents.documents WHERE workspace_id = \(workspaceID) AND agent_id = \(id)
            ORDER BY id FOR UPDATE
            """,
            """
            DELETE FROM agents.passages USING agents.documents AS d
            WHERE passages.workspace_id = \(workspaceID) AND d.workspace_id = \(workspaceID)
                AND d.id = passages.document_id AND d.agent_id = \(id)
            """,
            "DELETE FROM agents.documents WHERE workspace_id = \(workspaceID) AND agent_id = \(id)",
        ])
        for row in results[0] {
            try await transaction.append(
                DocumentChanged(id: try row[0], name: try row[1], status: nil, progressPercent: 100),
                workspaceID: workspaceID.uuid, to: AgentsStore.schema)
        }
    }

    private func refuseInUse(_ id: AgentID, in workspaceID: WorkspaceID, _ transaction: Transaction) async throws {
        let rows = try await transaction.query(
            """
            SELECT 1 FROM agents.campaigns
            WHERE workspace_id = \(workspaceID) AND agent_id = \(id) AND status IN ('active', 'scheduled')
                AND deleted_at IS NULL
            LIMIT 1
            """)
        guard rows.isEmpty else { throw Fault(.agentInUse) }
    }

    private static func fault(_ error: DatabaseError) -> Fault? {
        switch error.constraint {
        case "agents_name": Fault(.agentExists, field: AgentField.name.rawValue)
        case "agents_number", "agents_real_number": Fault(.phoneNumberTaken)
        default: nil
        }
    }
}
