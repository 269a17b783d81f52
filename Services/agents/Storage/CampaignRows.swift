import Contracts
import Postgres
import ServiceHost

/// How a campaign stands in its table.
enum CampaignRows {
    /// In the order in which `campaign` reads them, of the table under the name `c`.
    static let columns = """
        c.id, c.agent_id, c.name, c.description, c.status, c.start_time, c.end_time, c.max_concurrent_calls, \
        c.max_retries, c.retry_delay_seconds, c.caller_id, c.total_numbers, c.pending, c.in_progress, c.completed, \
        c.failed, c.retries, c.created_by, c.created_at, c.updated_at, c.launched_at, c.paused_at, c.completed_at, \
        c.version, c.deleted_at IS NOT NULL
        """

    /// The first numbers as given, of the campaign under the name `c`; behind `columns`.
    static let firstNumbers = """
        ARRAY(SELECT first.phone_number FROM agents.campaign_numbers AS first \
        WHERE first.workspace_id = c.workspace_id AND first.campaign_id = c.id ORDER BY first.id DESC LIMIT 100)
        """

    static func campaign(_ row: Row) throws -> CampaignRecord {
        let statusText: String = try row[4]
        guard let status = CampaignStatus(rawValue: statusText) else {
            throw DatabaseError(.decoding, "\"\(statusText)\" is no status of a campaign.")
        }
        let plan = CampaignPlan(
            startTime: try row[5], endTime: try row[6], maxConcurrentCalls: Int(try row[7] as Int32),
            maxRetries: Int(try row[8] as Int32), retryDelaySeconds: Int(try row[9] as Int32), callerID: try row[10])
        let counts = CampaignCounts(
            total: try row[11], pending: try row[12], inProgress: try row[13], completed: try row[14],
            failed: try row[15], retries: try row[16])
        return CampaignRecord(
            id: try row[0], agentID: try row[1], name: try row[2], description: try row[3], status: status, plan: plan,
            counts: counts, createdBy: try row[17], createdAt: try row[18], updatedAt: try row[19],
            launchedAt: try row[20], pausedAt: try row[21], completedAt: try row[22], version: try row[23],
            isDeleted: try row[24])
    }

    static func view(_ row: Row) throws -> CampaignView {
        CampaignView(campaign: try campaign(row), firstNumbers: try row[25])
    }

    /// A new campaign without numbers.
    static func insert(_ campaign: CampaignRecord, in workspaceID: WorkspaceID) -> Statement {
        """
        INSERT INTO agents.campaigns
            (workspace_id, id, agent_id, name, description, status, start_time, end_time, max_concurrent_calls,
            max_retries, retry_delay_seconds, caller_id, created_by, created_at, updated_at, version)
        VALUES (\(workspaceID), \(campaign.id), \(campaign.agentID), \(campaign.name), \(campaign.description),
            \(campaign.status.rawValue), \(campaign.plan.startTime), \(campaign.plan.endTime),
            \(Int32(campaign.plan.maxConcurrentCalls)), \(Int32(campaign.plan.maxRetries)),
            \(Int32(campaign.plan.retryDelaySeconds)), \(campaign.plan.callerID), \(campaign.createdBy),
            \(campaign.createdAt), \(campaign.updatedAt), \(campaign.version))
        """
    }

    /// All but the counts.
    static func update(_ campaign: CampaignRecord, in workspaceID: WorkspaceID) -> Statement {
        """
        UPDATE agents.campaigns SET agent_id = \(campaign.agentID), name = \(campaign.name),
            description = \(campaign.description), status = \(campaign.status.rawValue),
            start_time = \(campaign.plan.startTime), end_time = \(campaign.plan.endTime),
            max_concurrent_calls = \(Int32(campaign.plan.maxConcurrentCalls)),
            max_retries = \(Int32(campaign.plan.maxRetries)),
            retry_delay_seconds = \(Int32(campaign.plan.retryDelaySeconds)), caller_id = \(campaign.plan.callerID),
            updated_at = \(campaign.updatedAt), launched_at = \(campaign.launchedAt),
            paused_at = \(campaign.pausedAt), completed_at = \(campaign.completedAt), version = \(campaign.version),
            deleted_at = CASE WHEN \(campaign.isDeleted) THEN clock_timestamp() END
        WHERE workspace_id = \(workspaceID) AND id = \(campaign.id)
        """
    }

    /// Settles what is pending, when the campaign is completed, and moves the counts.
    static func closeWindow(of id: CampaignID, in workspaceID: WorkspaceID) -> Statement {
        """
        WITH closed AS (
            UPDATE agents.campaign_numbers SET state = 'failed', reason = 'window_ended',
                detail = 'The campaign ended before it was called'
                    || coalesce(' again; the last call ended as ' || reason, '') || '.',
                updated_at = clock_timestamp()
            WHERE workspace_id = \(workspaceID) AND campaign_id = \(id) AND state = 'pending' RETURNING 1
        )
        UPDATE agents.campaigns SET pending = pending - closed.count, failed = failed + closed.count
        FROM (SELECT count(*) AS count FROM closed) AS closed
        WHERE workspace_id = \(workspaceID) AND id = \(id)
        """
    }
}

/// How the numbers of a campaign stand in their table.
enum NumberRows {
    /// In the order in which `number` reads them.
    static let columns = """
        id, phone_number, state, attempts - unplaced, reason, detail, last_call_id, due_at, created_at, updated_at
        """

    static func number(_ row: Row) throws -> NumberRecord {
        let stateText: String = try row[2]
        guard let state = NumberState(rawValue: stateText) else {
            throw DatabaseError(.decoding, "\"\(stateText)\" is no state of a number.")
        }
        return NumberRecord(
            id: try row[0], phoneNumber: try row[1], state: state, attempts: Int(try row[3] as Int32),
            reason: try row[4], detail: try row[5], lastCallID: try row[6], dueAt: try row[7], createdAt: try row[8],
            updatedAt: try row[9])
    }

    /// Adds the numbers that the campaign does not have and moves its counts. Ids fall in the given order, so that a
    /// list by falling ids shows it; due moments rise in it, the last of them being `now`.
    /// - Parameter ids: as many as there are numbers, falling.
    /// - Returns: a statement with one row: how many were added.
    static func insert(
        _ numbers: [PhoneNumber], ids: [NumberID], into id: CampaignID, at now: Timestamp,
        in workspaceID: WorkspaceID
    ) -> Statement {
        let dueAt = numbers.indices.map { index in
            Timestamp(microseconds: now.microseconds - Int64(numbers.count - 1 - index))
        }
        return """
            WITH added AS (
                INSERT INTO agents.campaign_numbers
                    (workspace_id, campaign_id, id, phone_number, phone_e164, due_at, created_at, updated_at)
                SELECT \(workspaceID), \(id), given.id, given.phone_number, given.phone_e164, given.due_at, \(now), \(now)
                FROM unnest(\(ids), \(numbers.map(\.given)), \(numbers.map(\.normalised)), \(dueAt))
                    AS given (id, phone_number, phone_e164, due_at)
                ON CONFLICT (workspace_id, campaign_id, phone_e164) DO NOTHING RETURNING 1
            ), counted AS (SELECT count(*) AS count FROM added)
            UPDATE agents.campaigns SET total_numbers = total_numbers + counted.count,
                pending = pending + counted.count
            FROM counted WHERE workspace_id = \(workspaceID) AND campaigns.id = \(id) RETURNING counted.count
            """
    }

    /// Takes all numbers of a draft away.
    static func clear(_ id: CampaignID, in workspaceID: WorkspaceID) -> [Statement] {
        [
            "DELETE FROM agents.campaign_numbers WHERE workspace_id = \(workspaceID) AND campaign_id = \(id)",
            """
            UPDATE agents.campaigns SET total_numbers = 0, pending = 0
            WHERE workspace_id = \(workspaceID) AND id = \(id)
            """,
        ]
    }
}
