import Contracts
import Postgres
import ServiceHost

/// The statement that records attempts to numbers that are due.
enum AttemptTaking {
    /// - Parameter ids: of the calls, one for each number at most.
    /// - Returns: a statement with a row for each number that it moves: id, text, call, whether it is suppressed.
    static func statement(
        _ campaign: DialableCampaign, agentID: AgentID, callerID: String, ids: [CallID], terms: DialingTerms
    ) -> Statement {
        """
        WITH due AS (
            SELECT id, phone_e164, due_at FROM agents.campaign_numbers
            WHERE workspace_id = \(campaign.workspaceID) AND campaign_id = \(campaign.id) AND state = 'pending'
                AND due_at <= clock_timestamp()
            ORDER BY due_at, id LIMIT \(ids.count) FOR UPDATE SKIP LOCKED
        ), chosen AS (
            SELECT due.id, due.phone_e164, row_number() OVER (ORDER BY due.due_at, due.id) AS place, EXISTS (
                SELECT 1 FROM agents.suppressions AS s
                WHERE s.workspace_id = \(campaign.workspaceID)
                    AND s.phone_e164 IN (ltrim(due.phone_e164, '+'), '+' || ltrim(due.phone_e164, '+'))
            ) AS is_suppressed
            FROM due
        ), taken AS (
            UPDATE agents.campaign_numbers AS n SET
                state = CASE WHEN chosen.is_suppressed THEN 'failed' ELSE 'in_progress' END,
                attempts = n.attempts + (NOT chosen.is_suppressed)::integer,
                last_call_id = CASE WHEN chosen.is_suppressed THEN n.last_call_id ELSE call.id END,
                reason = CASE WHEN chosen.is_suppressed THEN 'suppressed' ELSE n.reason END,
                detail = CASE WHEN chosen.is_suppressed THEN 'The number is never to be dialled.' ELSE n.detail END,
                updated_at = clock_timestamp()
            FROM chosen JOIN unnest(\(ids)) WITH ORDINALITY AS call (id, place) USING (place)
            WHERE n.workspace_id = \(campaign.workspaceID) AND n.campaign_id = \(campaign.id) AND n.id = chosen.id
                AND n.phone_e164 = chosen.phone_e164
            RETURNING n.id, n.phone_number, n.attempts, call.id AS call_id, chosen.is_suppressed
        ), recorded AS (
            INSERT INTO agents.attempts (workspace_id, call_id, campaign_id, number_id, attempt, agent_id, caller_id,
                is_simulated, phase, holder, lease_until, ends_by)
            SELECT \(campaign.workspaceID), call_id, \(campaign.id), id, attempts, \(agentID), \(callerID),
                \(terms.isSimulated), 'recorded', \(terms.holder),
                clock_timestamp() + \(terms.leaseSeconds) * interval '1 second',
                clock_timestamp() + \(terms.callSeconds) * interval '1 second'
            FROM taken WHERE NOT is_suppressed
        ), counted AS (
            UPDATE agents.campaigns SET pending = pending - moved.numbers,
                failed = failed + moved.suppressed, in_progress = in_progress + moved.numbers - moved.suppressed
            FROM (SELECT count(*) AS numbers, count(*) FILTER (WHERE is_suppressed) AS suppressed FROM taken) AS moved
            WHERE workspace_id = \(campaign.workspaceID) AND id = \(campaign.id)
        )
        SELECT id, phone_number, call_id, is_suppressed FROM taken ORDER BY call_id
        """
    }
}

/// Ends attempts and settles their numbers, each once however often it is asked for.
enum AttemptSettling {
    /// - Returns: how many ended.
    static func settle(_ ends: [AttemptEnd], in transaction: Transaction) async throws -> Int {
        try await transaction.query(lock(ends))
        let rows = try await transaction.query(statement(ends))
        return try rows.one()?.decode(at: 0) ?? 0
    }

    /// Whoever moves numbers has their campaign locked, and several campaigns in one order.
    private static func lock(_ ends: [AttemptEnd]) -> Statement {
        """
        SELECT 1 FROM agents.campaigns AS c
        WHERE (c.workspace_id, c.id) IN (
            SELECT a.workspace_id, a.campaign_id FROM agents.attempts AS a
            JOIN unnest(\(ends.map(\.workspaceID)), \(ends.map(\.callID))) AS given (workspace_id, call_id)
                USING (workspace_id, call_id)
            WHERE a.phase <> 'ended')
        ORDER BY c.workspace_id, c.id FOR UPDATE
        """
    }

    private static func statement(_ ends: [AttemptEnd]) -> Statement {
        """
        WITH open AS (
            SELECT a.workspace_id, a.call_id, a.campaign_id, a.number_id, given.is_completed, given.category,
                given.code, given.detail, given.is_told, given.is_withdrawn AND a.phase = 'recorded' AS is_withdrawn
            FROM agents.attempts AS a
            JOIN unnest(\(ends.map(\.workspaceID)), \(ends.map(\.callID)), \(ends.map(\.isCompleted)),
                \(ends.map(\.category.rawValue)), \(ends.map(\.code)), \(ends.map(\.detail)),
                \(ends.map(\.isWithdrawn)), \(ends.map(\.isTold)))
                AS given (workspace_id, call_id, is_completed, category, code, detail, is_withdrawn, is_told)
                USING (workspace_id, call_id)
            WHERE a.phase <> 'ended' ORDER BY a.workspace_id, a.call_id FOR UPDATE OF a
        ), ended AS (
            UPDATE agents.attempts AS a SET phase = 'ended', ended_at = clock_timestamp(),
                end_category = open.category, end_code = open.code, end_detail = open.detail, is_told = open.is_told
            FROM open WHERE a.workspace_id = open.workspace_id AND a.call_id = open.call_id RETURNING 1
        ), moved AS (
            UPDATE agents.campaign_numbers AS n SET
                state = CASE WHEN open.is_completed THEN 'completed'
                    WHEN c.status = 'completed' OR c.deleted_at IS NOT NULL THEN 'failed'
                    WHEN open.is_withdrawn OR n.attempts - n.unplaced <= c.max_retries THEN 'pending'
                    ELSE 'failed' END,
                unplaced = n.unplaced + open.is_withdrawn::integer,
                due_at = CASE WHEN open.is_completed OR open.is_withdrawn THEN n.due_at
                    ELSE clock_timestamp() + c.retry_delay_seconds * interval '1 second' END,
                reason = CASE WHEN open.is_withdrawn AND c.status = 'completed' THEN 'window_ended'
                    ELSE open.category END,
                detail = open.detail, updated_at = clock_timestamp()
            FROM open JOIN agents.campaigns AS c ON c.workspace_id = open.workspace_id AND c.id = open.campaign_id
            WHERE n.workspace_id = open.workspace_id AND n.campaign_id = open.campaign_id AND n.id = open.number_id
                AND n.state = 'in_progress' AND n.last_call_id = open.call_id
            RETURNING n.workspace_id, n.campaign_id, n.state, open.is_withdrawn
        ), sums AS (
            SELECT workspace_id, campaign_id, count(*) AS numbers,
                count(*) FILTER (WHERE state = 'completed') AS completed,
                count(*) FILTER (WHERE state = 'failed') AS failed,
                count(*) FILTER (WHERE state = 'pending') AS pending,
                count(*) FILTER (WHERE state = 'pending' AND NOT is_withdrawn) AS retries
            FROM moved GROUP BY workspace_id, campaign_id
        ), counted AS (
            UPDATE agents.campaigns AS c SET in_progress = c.in_progress - sums.numbers,
                completed = c.completed + sums.completed, failed = c.failed + sums.failed,
                pending = c.pending + sums.pending, retries = c.retries + sums.retries
            FROM sums WHERE c.workspace_id = sums.workspace_id AND c.id = sums.campaign_id
        )
        SELECT count(*) FROM ended
        """
    }
}
