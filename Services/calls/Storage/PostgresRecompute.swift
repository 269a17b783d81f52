import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost

/// Adds up the stored calls of a workspace, in SQL and from nothing but the calls, for the check of the statistics.
struct PostgresRecompute: Sendable {
    /// Sees every workspace.
    let jobs: Database

    func workspaces(after: WorkspaceID?, limit: Int) async throws -> [WorkspaceID] {
        let after = after ?? WorkspaceID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        let rows = try await jobs.query(
            """
            SELECT DISTINCT workspace_id FROM calls.call_counts WHERE workspace_id > \(after)
            ORDER BY workspace_id LIMIT \(limit)
            """, access: .readOnly)
        return try rows.map { try $0.decode(at: 0) }
    }

    /// - Parameters: as in `RecomputeStatistics`.
    func statistics(of workspaceID: WorkspaceID, part: Int, partCount: Int) async throws -> RecomputedStatistics {
        let calls = Self.calls(of: workspaceID, part: part, partCount: partCount)
        let partition = Int16(EventPartition.of(workspaceID.uuid))
        return try await jobs.transaction(access: .readOnly, isolation: .repeatableRead) { transaction in
            // Longer than PostgreSQL lets a request's statement run.
            try await transaction.query("SELECT set_config('statement_timeout', '120s', true)")
            let head = try await transaction.query(
                "SELECT number FROM calls.event_head WHERE partition = \(partition)")
            let sums = try await transaction.query(Self.sums(calls), timeout: .seconds(120))
            let latencies = try await transaction.query(Self.latencies(calls), timeout: .seconds(120))
            let phrases = try await transaction.query(Self.phrases(calls), timeout: .seconds(120))
            return RecomputedStatistics(
                position: try head.one()?.decode(Int.self, at: 0) ?? 0, sums: try sums.map(Self.groupSum),
                latencies: try latencies.map(Self.latencyCount), phrases: try phrases.map(Self.phraseCount))
        }
    }

    /// A condition that is the rule of `RecomputeStatistics.part(of:partCount:)`.
    private static func calls(of workspaceID: WorkspaceID, part: Int, partCount: Int) -> Statement {
        """
        workspace_id = \(workspaceID) AND deleted_at IS NULL
            AND coalesce(get_byte(uuid_send(client_id), 15), 0) % \(partCount) = \(part)
        """
    }

    private static func sums(_ calls: Statement) -> Statement {
        """
        SELECT client_id, agent_id, campaign_id, (created_at AT TIME ZONE 'UTC')::date,
            count(*), count(*) FILTER (WHERE status IN ('completed', 'failed')),
            count(*) FILTER (WHERE success AND status IN ('completed', 'failed')),
            count(*) FILTER (WHERE status = 'failed'), sum(duration_ms)::bigint, sum(cost_micros)::bigint,
            count(*) FILTER (WHERE sentiment = 'positive'), count(*) FILTER (WHERE sentiment = 'neutral'),
            count(*) FILTER (WHERE sentiment = 'negative'),
            count(stt_micros), coalesce(sum(stt_micros), 0)::bigint, count(llm_micros),
            coalesce(sum(llm_micros), 0)::bigint, count(tts_micros), coalesce(sum(tts_micros), 0)::bigint,
            count(*) FILTER (WHERE channel = 'chat'),
            count(*) FILTER (WHERE channel = 'chat' AND status IN ('completed', 'failed')),
            count(coalesce(stt_micros, llm_micros, tts_micros)),
            sum(coalesce(stt_micros, 0) + coalesce(llm_micros, 0) + coalesce(tts_micros, 0))::bigint,
            count(rating), coalesce(sum(rating), 0)::bigint
        FROM calls.calls WHERE \(calls)
        GROUP BY 1, 2, 3, 4
        """
    }

    private static func latencies(_ calls: Statement) -> Statement {
        """
        SELECT client_id, agent_id, campaign_id, component, calls.latency_bucket(micros), count(*)
        FROM calls.calls,
        LATERAL (VALUES (1, stt_micros), (2, llm_micros), (3, tts_micros)) AS latency (component, micros)
        WHERE \(calls) AND micros IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5
        """
    }

    private static func phrases(_ calls: Statement) -> Statement {
        """
        SELECT client_id, agent_id, campaign_id, (created_at AT TIME ZONE 'UTC')::date, phrase, count(*)
        FROM calls.calls JOIN calls.call_details USING (workspace_id, id), LATERAL unnest(phrase_keys) AS phrase
        WHERE \(calls) AND octet_length(phrase) <= \(CallFacts.mostPhraseBytes)
        GROUP BY 1, 2, 3, 4, 5
        """
    }

    private static func phraseCount(_ row: Row) throws -> RecomputedStatistics.PhraseCount {
        RecomputedStatistics.PhraseCount(group: try group(row), day: try row[3], phrase: try row[4], count: try row[5])
    }

    private static func group(_ row: Row) throws -> RecomputedStatistics.Group {
        RecomputedStatistics.Group(clientID: try row[0], agentID: try row[1], campaignID: try row[2])
    }

    private static func groupSum(_ row: Row) throws -> RecomputedStatistics.GroupSum {
        var measures = Measures()
        for (place, measure) in measureColumns.enumerated() { measures[measure] = try row[4 + place] }
        return RecomputedStatistics.GroupSum(group: try group(row), day: try row[3], measures: measures)
    }

    /// The order of the sums in the statement.
    private static let measureColumns: [Measure] = [
        .calls, .ended, .successes, .failed, .durationMS, .costMicros, .positive, .neutral, .negative, .sttCount,
        .sttMicros, .llmCount, .llmMicros, .ttsCount, .ttsMicros, .chats, .endedChats, .responses, .responseMicros,
        .ratings, .ratingSum,
    ]

    private static func latencyCount(_ row: Row) throws -> RecomputedStatistics.LatencyCount {
        guard let component = LatencyComponent(rawValue: Int(try row[3] as Int32)) else {
            throw DatabaseError(.decoding, "There is no such component.")
        }
        return RecomputedStatistics.LatencyCount(
            group: try group(row), component: component, bucket: Int(try row[4] as Int32), count: try row[5])
    }
}
