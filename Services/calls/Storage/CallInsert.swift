import Bus
import Contracts
import Foundation
import Postgres

/// The statement that stores a batch of calls.
enum CallInsert {
    /// Inserts the calls that are new, moves the counts and the partition's head, and numbers an event for each.
    ///
    /// The calls are different ones of one partition, sorted by id. The head row is locked by the update and kept until
    /// commit, so that the order of the numbers is the order of the commits.
    /// - Returns: a statement with one row: how many were new; if not all, the workspaces and ids of those.
    static func statement(_ calls: [NewCall], partition: Int) -> Statement {
        let traceparent: String? = RequestContext.current?.traceparent
        let partition = Int16(partition)
        return """
            WITH new AS (
                INSERT INTO calls.calls (
                    workspace_id, id, fingerprint, channel, status, success, sentiment, client_id, agent_id,
                    campaign_id, other_phone, other_phone_key, other_name, duration_ms, stt_micros, llm_micros,
                    tts_micros, cost_micros, end_category, transcript, recording_url, notes, is_simulated, created_at,
                    ended_at, key_id, end_code)
                SELECT * FROM unnest(
                    \(calls.map(\.workspaceID)), \(calls.map(\.id)), \(calls.map(\.fingerprint)),
                    \(calls.map { $0.facts.channel.rawValue }), \(calls.map { $0.facts.status.rawValue }),
                    \(calls.map(\.facts.success)), \(calls.map { $0.facts.sentiment.rawValue }),
                    \(calls.map(\.facts.clientID)), \(calls.map(\.facts.agentID)), \(calls.map(\.facts.campaignID)),
                    \(calls.map(\.state.otherPartyPhone)), \(calls.map(\.state.otherPartyPhoneKey)),
                    \(calls.map(\.state.otherPartyName)),
                    \(calls.map(\.facts.durationMS)), \(calls.map(\.facts.latencies.sttMicros)),
                    \(calls.map(\.facts.latencies.llmMicros)), \(calls.map(\.facts.latencies.ttsMicros)),
                    \(calls.map(\.facts.costMicros)), \(calls.map { $0.facts.endCategory?.rawValue }),
                    \(calls.map(\.state.transcript)), \(calls.map(\.state.recordingURL)), \(calls.map(\.state.notes)),
                    \(calls.map(\.facts.isSimulated)), \(calls.map(\.facts.createdAt)), \(calls.map(\.state.endedAt)),
                    \(calls.map(\.keyID)), \(calls.map(\.state.endCode)))
                ON CONFLICT DO NOTHING
                RETURNING workspace_id, id, client_id, created_at
            ), head AS (
                UPDATE calls.event_head SET number = number + (SELECT count(*) FROM new)
                WHERE partition = \(partition) RETURNING number
            ), logged AS (
                INSERT INTO calls.events (partition, number, workspace_id, kind, payload, traceparent)
                SELECT \(partition), head.number - (SELECT count(*) FROM new) + row_number() OVER (ORDER BY new.id),
                    new.workspace_id, \(CallChanged.kind), event.payload, \(traceparent)
                FROM head, new JOIN unnest(
                    \(calls.map(\.workspaceID)), \(calls.map(\.id)), \(calls.map(\.loggedEvent))
                ) AS event (workspace_id, id, payload) USING (workspace_id, id)
            ), counted AS (
                INSERT INTO calls.call_counts (workspace_id, day, client_id, calls)
                SELECT new.workspace_id, (new.created_at AT TIME ZONE 'UTC')::date,
                    coalesce(new.client_id, '00000000-0000-0000-0000-000000000000'), count(*)
                FROM head, new GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                ON CONFLICT (workspace_id, day, client_id)
                DO UPDATE SET calls = call_counts.calls + excluded.calls
            )\(details(of: calls))
            SELECT count(*),
                CASE WHEN count(*) < \(calls.count) THEN (SELECT array_agg(workspace_id ORDER BY id) FROM new) END,
                CASE WHEN count(*) < \(calls.count) THEN (SELECT array_agg(id ORDER BY id) FROM new) END
            FROM new
            """
    }

    /// One more part of the statement when there is a call with details.
    private static func details(of calls: [NewCall]) -> Statement {
        let detailed = calls.filter(\.state.hasDetails)
        guard !detailed.isEmpty else { return "" }
        return """
            , detailed AS (
                INSERT INTO calls.call_details (workspace_id, id, caller_id, summary, emotions, key_phrases, phrase_keys,
                    error_message, connected_at, is_success_stated, is_sentiment_stated)
                SELECT detail.workspace_id, detail.id, detail.caller_id, detail.summary,
                    \(texts("emotions")), \(texts("key_phrases")), \(texts("phrase_keys")),
                    detail.error_message, detail.connected_at, detail.is_success_stated, detail.is_sentiment_stated
                FROM new JOIN unnest(
                    \(detailed.map(\.workspaceID)), \(detailed.map(\.id)), \(detailed.map(\.state.details.callerID)),
                    \(detailed.map(\.state.details.summary)), \(detailed.map { json($0.state.details.emotions) }),
                    \(detailed.map { json($0.state.details.keyPhrases) }), \(detailed.map { json($0.facts.phrases) }),
                    \(detailed.map(\.state.details.errorMessage)), \(detailed.map(\.state.connectedAt)),
                    \(detailed.map(\.state.isSuccessStated)), \(detailed.map(\.state.isSentimentStated))
                ) AS detail (workspace_id, id, caller_id, summary, emotions, key_phrases, phrase_keys, error_message,
                    connected_at, is_success_stated, is_sentiment_stated) USING (workspace_id, id)
            )
            """
    }

    /// Lists of different lengths cannot stand side by side in one array: each travels as JSON.
    private static func json(_ texts: [String]) -> SQLJSON {
        SQLJSON(utf8: (try? JSONEncoder().encode(texts)) ?? Data("[]".utf8))
    }

    private static func texts(_ column: String) -> Statement {
        Statement(unsafe: "ARRAY(SELECT jsonb_array_elements_text(detail.\(column)))")
    }
}

extension NewCall {
    fileprivate var loggedEvent: [UInt8] {
        CallChanged(id: id, version: 1, before: nil, after: facts).encoded()
    }
}
