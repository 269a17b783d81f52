import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost

/// The statement that replaces a call by its next state.
enum CallReplace {
    /// Changes the row if it still has the version, its details and the counts of lists with it, and numbers the event.
    /// One statement, so that the head is never locked across a round trip.
    /// - Parameters:
    ///   - next: nil deletes: the row stays without its content, so that its id is never used again.
    ///   - now: shown as the moment of the change.
    /// - Returns: a statement with one row: how many calls were changed, 0 or 1.
    static func statement(
        _ call: StoredCall, by next: CallState?, in workspaceID: WorkspaceID, at now: Timestamp
    ) -> Statement {
        let traceparent: String? = RequestContext.current?.traceparent
        let partition = Int16(EventPartition.of(workspaceID.uuid))
        let event = CallChanged(
            id: call.id, version: call.version + 1, before: call.state.facts, after: next?.facts
        ).encoded()
        let counts = Self.counts(call.state.facts, next?.facts)
        return """
            WITH changed AS (
                \(update(call, by: next, in: workspaceID, at: now))
            ), detailed AS (
                \(details(call.id, next, in: workspaceID))
            )\(conversation(call, next, in: workspaceID)), head AS (
                UPDATE calls.event_head SET number = number + (SELECT count(*) FROM changed)
                WHERE partition = \(partition) RETURNING number
            ), logged AS (
                INSERT INTO calls.events (partition, number, workspace_id, kind, payload, traceparent)
                SELECT \(partition), head.number, \(workspaceID), \(CallChanged.kind), \(event), \(traceparent)
                FROM head, changed
            ), counted AS (
                INSERT INTO calls.call_counts (workspace_id, day, client_id, calls)
                SELECT \(workspaceID), moved.day, moved.client_id, moved.calls
                FROM head, changed, unnest(\(counts.map(\.day)), \(counts.map(\.clientID)), \(counts.map(\.calls)))
                    AS moved (day, client_id, calls)
                ORDER BY 1, 2, 3
                ON CONFLICT (workspace_id, day, client_id)
                DO UPDATE SET calls = call_counts.calls + excluded.calls
            )
            SELECT count(*) FROM changed
            """
    }

    private static func update(
        _ call: StoredCall, by next: CallState?, in workspaceID: WorkspaceID, at now: Timestamp
    ) -> Statement {
        let isCurrent: Statement = """
            WHERE workspace_id = \(workspaceID) AND id = \(call.id) AND version = \(call.version) AND deleted_at IS NULL
            RETURNING id
            """
        guard let next else {
            return """
                UPDATE calls.calls SET version = version + 1, deleted_at = clock_timestamp(), other_phone = '',
                    other_phone_key = '', other_name = '', transcript = '', recording_url = NULL, notes = NULL
                \(isCurrent)
                """
        }
        let facts = next.facts
        return """
            UPDATE calls.calls SET version = version + 1, status = \(facts.status.rawValue),
                success = \(facts.success), sentiment = \(facts.sentiment.rawValue), client_id = \(facts.clientID),
                agent_id = \(facts.agentID), campaign_id = \(facts.campaignID), other_phone = \(next.otherPartyPhone),
                other_phone_key = \(next.otherPartyPhoneKey), other_name = \(next.otherPartyName),
                duration_ms = \(facts.durationMS), stt_micros = \(facts.latencies.sttMicros),
                llm_micros = \(facts.latencies.llmMicros), tts_micros = \(facts.latencies.ttsMicros),
                cost_micros = \(facts.costMicros), end_category = \(facts.endCategory?.rawValue),
                end_code = \(next.endCode), transcript = \(next.transcript), recording_url = \(next.recordingURL),
                ended_at = \(next.endedAt), rating = \(facts.rating.map { Int16($0) }), updated_at = \(now)
            \(isCurrent)
            """
    }

    /// The conversation of a chat ends with its call, and goes with it.
    private static func conversation(
        _ call: StoredCall, _ next: CallState?, in workspaceID: WorkspaceID
    ) -> Statement {
        guard call.state.facts.channel == .chat else { return "" }
        guard let next else {
            return """
                , conversation AS (
                    DELETE FROM calls.conversations USING changed
                    WHERE conversations.workspace_id = \(workspaceID) AND conversations.id = changed.id
                ), said AS (
                    DELETE FROM calls.turns USING changed
                    WHERE turns.workspace_id = \(workspaceID) AND turns.call_id = changed.id
                )
                """
        }
        guard next.facts.status.isEnd else { return "" }
        return """
            , conversation AS (
                UPDATE calls.conversations SET is_ended = true FROM changed
                WHERE conversations.workspace_id = \(workspaceID) AND conversations.id = changed.id
            )
            """
    }

    private static func details(_ id: CallID, _ next: CallState?, in workspaceID: WorkspaceID) -> Statement {
        guard let next, next.hasDetails else {
            return """
                DELETE FROM calls.call_details USING changed
                WHERE call_details.workspace_id = \(workspaceID) AND call_details.id = changed.id
                """
        }
        let details = next.details
        let analysis: SQLJSON? = details.analysis.flatMap { try? JSONEncoder().encode($0) }.map { SQLJSON(utf8: $0) }
        return """
            INSERT INTO calls.call_details (workspace_id, id, caller_id, summary, emotions, key_phrases, phrase_keys,
                error_message, connected_at, is_success_stated, is_sentiment_stated, analysis)
            SELECT \(workspaceID), changed.id, \(details.callerID), \(details.summary), \(details.emotions),
                \(details.keyPhrases), \(next.facts.phrases), \(details.errorMessage), \(next.connectedAt),
                \(next.isSuccessStated), \(next.isSentimentStated), \(analysis)
            FROM changed
            ON CONFLICT (workspace_id, id) DO UPDATE SET caller_id = excluded.caller_id, summary = excluded.summary,
                emotions = excluded.emotions, key_phrases = excluded.key_phrases, phrase_keys = excluded.phrase_keys,
                error_message = excluded.error_message, connected_at = excluded.connected_at,
                is_success_stated = excluded.is_success_stated,
                is_sentiment_stated = excluded.is_sentiment_stated, analysis = excluded.analysis
            """
    }

    /// What the counts of lists lose and gain.
    private static func counts(
        _ before: CallFacts, _ after: CallFacts?
    ) -> [(day: CalendarDay, clientID: ClientID, calls: Int)] {
        let none = ClientID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        if let after, after.clientID == before.clientID { return [] }
        let lost = (before.createdAt.day, before.clientID ?? none, -1)
        return [lost] + (after.map { [($0.createdAt.day, $0.clientID ?? none, 1)] } ?? [])
    }
}
