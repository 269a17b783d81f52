import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost
import ServiceRuntime

struct PostgresAttemptRepository: AttemptRepository {
    /// Logged in as a role that sees every workspace.
    let jobs: Database

    func dialable() async throws -> (campaigns: [DialableCampaign], isAnythingActive: Bool) {
        let results = try await jobs.pipeline([Self.dialableCampaigns, Self.anyActive], access: .readOnly)
        let campaigns = try results[0].map { DialableCampaign(workspaceID: try $0[0], id: try $0[1]) }
        return (campaigns, try results[1].one()?.decode(at: 0) ?? false)
    }

    func take(
        from campaign: DialableCampaign, limit: Int, terms: DialingTerms
    ) async throws -> (attempts: [Attempt], suppressed: Int) {
        try await jobs.transaction { transaction in
            let open = try await transaction.query(Self.lock(campaign))
            guard let row = try open.one() else { return ([], 0) }
            let (agentID, callerID, room) = try row.decode((AgentID, String, Int).self)
            guard room > 0 else { return ([], 0) }
            let ids = (0..<min(room, limit)).map { _ in CallID(UUIDv7.make()) }
            let taken = try await transaction.query(
                AttemptTaking.statement(campaign, agentID: agentID, callerID: callerID, ids: ids, terms: terms))
            let attempts = try taken.compactMap { row -> Attempt? in
                guard try row.decode(Bool.self, at: 3) == false else { return nil }
                return Attempt(
                    workspaceID: campaign.workspaceID, callID: try row[2], campaignID: campaign.id,
                    numberID: try row[0], agentID: agentID, callerID: callerID, phoneNumber: try row[1],
                    phase: .recorded, isSimulated: terms.isSimulated)
            }
            return (attempts, taken.count - attempts.count)
        }
    }

    func beginPlacing(_ attempts: [Attempt], limit: Int, terms: DialingTerms) async throws -> PlacingBegun {
        var begun = PlacingBegun(placing: [], stopped: [], waiting: [])
        guard !attempts.isEmpty else { return begun }
        let rows = try await jobs.query(
            """
            WITH mine AS (
                SELECT a.workspace_id, a.call_id, c.status = 'active' AND c.deleted_at IS NULL
                    AND coalesce(c.end_time > clock_timestamp(), true) AS goes_on
                FROM agents.attempts AS a
                JOIN agents.campaigns AS c ON c.workspace_id = a.workspace_id AND c.id = a.campaign_id
                WHERE (a.workspace_id, a.call_id) IN (
                        SELECT * FROM unnest(\(attempts.map(\.workspaceID)), \(attempts.map(\.callID))))
                    AND a.phase = 'recorded' AND a.holder = \(terms.holder) AND a.lease_until > clock_timestamp()
                ORDER BY a.workspace_id, a.call_id FOR UPDATE OF a
            ), chosen AS (SELECT * FROM mine WHERE goes_on ORDER BY call_id LIMIT \(limit)), moved AS (
                UPDATE agents.attempts AS a SET phase = 'placing',
                    lease_until = clock_timestamp() + \(terms.leaseSeconds) * interval '1 second'
                FROM chosen WHERE a.workspace_id = chosen.workspace_id AND a.call_id = chosen.call_id
                RETURNING a.call_id
            )
            SELECT mine.call_id, mine.goes_on, moved.call_id IS NOT NULL FROM mine LEFT JOIN moved USING (call_id)
            """)
        for row in rows {
            let (callID, goesOn, isMoved) = try row.decode((CallID, Bool, Bool).self)
            if isMoved {
                begun.placing.insert(callID)
            } else if goesOn {
                begun.waiting.insert(callID)
            } else {
                begun.stopped.insert(callID)
            }
        }
        return begun
    }

    func takeBack(_ attempts: [Attempt], terms: DialingTerms) async throws {
        guard !attempts.isEmpty else { return }
        try await jobs.query(
            """
            UPDATE agents.attempts SET phase = 'recorded'
            WHERE (workspace_id, call_id) IN (
                SELECT a.workspace_id, a.call_id FROM agents.attempts AS a
                JOIN unnest(\(attempts.map(\.workspaceID)), \(attempts.map(\.callID)))
                    AS given (workspace_id, call_id) USING (workspace_id, call_id)
                WHERE a.phase = 'placing' AND a.holder = \(terms.holder)
                ORDER BY a.workspace_id, a.call_id FOR UPDATE OF a)
            """)
    }

    func note(_ phases: [(attempt: Attempt, phase: AttemptPhase)]) async throws {
        guard !phases.isEmpty else { return }
        try await jobs.query(
            """
            WITH given AS (
                SELECT a.workspace_id, a.call_id, given.phase FROM agents.attempts AS a
                JOIN unnest(\(phases.map(\.attempt.workspaceID)), \(phases.map(\.attempt.callID)),
                    \(phases.map(\.phase.rawValue))) AS given (workspace_id, call_id, phase)
                    USING (workspace_id, call_id)
                WHERE a.phase IN ('placing', 'unknown') ORDER BY a.workspace_id, a.call_id FOR UPDATE OF a
            )
            UPDATE agents.attempts AS a SET phase = given.phase,
                placed_at = CASE WHEN given.phase = 'placed' THEN clock_timestamp() END
            FROM given WHERE a.workspace_id = given.workspace_id AND a.call_id = given.call_id
            """)
    }

    func settle(_ ends: [AttemptEnd]) async throws -> Int {
        guard !ends.isEmpty else { return 0 }
        return try await jobs.transaction { try await AttemptSettling.settle(ends, in: $0) }
    }

    func takeOver(limit: Int, terms: DialingTerms) async throws -> [Attempt] {
        let rows = try await jobs.query(
            """
            WITH lost AS (
                SELECT workspace_id, call_id FROM agents.attempts
                WHERE lease_until < clock_timestamp()
                    AND (phase IN ('recorded', 'placing') OR (phase = 'placed' AND is_simulated))
                    AND (is_simulated OR phase = 'placing' OR NOT \(terms.isSimulated))
                ORDER BY lease_until LIMIT \(limit) FOR UPDATE SKIP LOCKED
            )
            UPDATE agents.attempts AS a SET holder = \(terms.holder),
                lease_until = clock_timestamp() + \(terms.leaseSeconds) * interval '1 second',
                phase = CASE WHEN a.phase = 'placing' AND NOT a.is_simulated THEN 'unknown' ELSE a.phase END
            FROM lost, agents.campaign_numbers AS n
            WHERE a.workspace_id = lost.workspace_id AND a.call_id = lost.call_id
                AND n.workspace_id = a.workspace_id AND n.campaign_id = a.campaign_id AND n.id = a.number_id
            RETURNING \(unsafe: Self.columns)
            """)
        return try rows.map(Self.attempt)
    }

    func renew(_ calls: [CallID], terms: DialingTerms) async throws {
        guard !calls.isEmpty else { return }
        try await jobs.query(
            """
            UPDATE agents.attempts SET lease_until = clock_timestamp() + \(terms.leaseSeconds) * interval '1 second'
            WHERE holder = \(terms.holder) AND call_id = ANY (\(calls))
                AND (phase IN ('recorded', 'placing') OR (phase = 'placed' AND is_simulated))
                AND lease_until < clock_timestamp() + \(terms.leaseSeconds * 2 / 3) * interval '1 second'
            """)
    }

    func release(terms: DialingTerms) async throws {
        try await jobs.query(
            """
            UPDATE agents.attempts SET lease_until = clock_timestamp()
            WHERE holder = \(terms.holder)
                AND (phase IN ('recorded', 'placing') OR (phase = 'placed' AND is_simulated))
            """)
    }

    func overdue() async throws -> [Attempt] {
        let rows = try await jobs.query(
            """
            SELECT \(unsafe: Self.columns) FROM agents.attempts AS a
            JOIN agents.campaign_numbers AS n
                ON n.workspace_id = a.workspace_id AND n.campaign_id = a.campaign_id AND n.id = a.number_id
            WHERE a.phase <> 'ended' AND a.ends_by < clock_timestamp() ORDER BY a.ends_by LIMIT 500
            """, access: .readOnly)
        return try rows.map(Self.attempt)
    }

    func untold() async throws -> [AttemptEnd] {
        let rows = try await jobs.query(
            """
            SELECT workspace_id, call_id, end_category, end_code, end_detail FROM agents.attempts
            WHERE NOT is_told ORDER BY ended_at LIMIT 200
            """, access: .readOnly)
        return try rows.map { row in
            AttemptEnd(
                workspaceID: try row[0], callID: try row[1], isCompleted: false,
                category: EndCategory(rawValue: try row[2]) ?? .agentError, code: try row[3], detail: try row[4],
                isTold: false)
        }
    }

    func markTold(_ ends: [AttemptEnd]) async throws {
        guard !ends.isEmpty else { return }
        try await jobs.query(
            """
            UPDATE agents.attempts SET is_told = true WHERE NOT is_told AND (workspace_id, call_id) IN (
                SELECT * FROM unnest(\(ends.map(\.workspaceID)), \(ends.map(\.callID))))
            """)
    }
}

extension PostgresAttemptRepository {
    /// In the order in which `attempt` reads them; `a` is the attempt, `n` its number.
    private static let columns = """
        a.workspace_id, a.call_id, a.campaign_id, a.number_id, a.agent_id, a.caller_id, n.phone_number, a.phase, \
        a.is_simulated
        """

    private static func attempt(_ row: Row) throws -> Attempt {
        let phaseText: String = try row[7]
        guard let phase = AttemptPhase(rawValue: phaseText) else {
            throw DatabaseError(.decoding, "\"\(phaseText)\" is no phase of an attempt.")
        }
        return Attempt(
            workspaceID: try row[0], callID: try row[1], campaignID: try row[2], numberID: try row[3],
            agentID: try row[4], callerID: try row[5], phoneNumber: try row[6], phase: phase, isSimulated: try row[8])
    }

    /// Makes calls now, as far as it and its agent say.
    private static let isOpen = """
        c.status = 'active' AND c.deleted_at IS NULL AND coalesce(c.start_time <= clock_timestamp(), true) \
        AND coalesce(c.end_time > clock_timestamp(), true) AND a.status = 'active' AND a.deleted_at IS NULL
        """

    private static let dialableCampaigns: Statement = """
        SELECT c.workspace_id, c.id FROM agents.campaigns AS c
        JOIN agents.agents AS a ON a.workspace_id = c.workspace_id AND a.id = c.agent_id
        WHERE \(unsafe: isOpen) AND c.pending > 0 AND c.in_progress < c.max_concurrent_calls AND EXISTS (
            SELECT 1 FROM agents.campaign_numbers AS n WHERE n.workspace_id = c.workspace_id
                AND n.campaign_id = c.id AND n.state = 'pending' AND n.due_at <= clock_timestamp())
        ORDER BY random() LIMIT 64
        """

    private static let anyActive: Statement = """
        SELECT EXISTS (
            SELECT 1 FROM agents.campaigns WHERE status IN ('active', 'scheduled') AND deleted_at IS NULL)
        """

    private static func lock(_ campaign: DialableCampaign) -> Statement {
        """
        SELECT c.agent_id, c.caller_id, c.max_concurrent_calls - c.in_progress FROM agents.campaigns AS c
        JOIN agents.agents AS a ON a.workspace_id = c.workspace_id AND a.id = c.agent_id
        WHERE c.workspace_id = \(campaign.workspaceID) AND c.id = \(campaign.id) AND \(unsafe: isOpen)
        FOR UPDATE OF c
        """
    }
}
