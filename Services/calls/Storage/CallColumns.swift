import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost

/// The columns of a call as queries read them, from `source`.
enum CallColumns {
    /// What stands behind `FROM` for one call under the name `call`.
    static let joined = """
        LEFT JOIN calls.client_copies AS client
            ON client.workspace_id = call.workspace_id AND client.id = call.client_id
        LEFT JOIN calls.agent_copies AS agent
            ON agent.workspace_id = call.workspace_id AND agent.id = call.agent_id
        LEFT JOIN calls.call_details AS detail ON detail.workspace_id = call.workspace_id AND detail.id = call.id
        """

    static func list(_ texts: ListCalls.Texts) -> String {
        """
        call.id, call.client_id, call.agent_id, call.campaign_id, call.channel, call.status, call.success,
        call.sentiment, call.duration_ms, call.stt_micros, call.llm_micros, call.tts_micros, call.cost_micros,
        call.end_category, call.is_simulated, call.created_at, client.name, client.phone_number, call.other_phone,
        call.other_name, \(texts == .all ? "call.transcript" : "''"), call.recording_url,
        \(texts == .none ? "NULL::text" : "call.notes"), call.end_code, call.ended_at, call.version,
        coalesce(detail.caller_id, ''), \(texts == .all ? "coalesce(detail.summary, '')" : "''"),
        coalesce(detail.emotions, '{}'), coalesce(detail.key_phrases, '{}'), coalesce(detail.phrase_keys, '{}'),
        detail.error_message, detail.connected_at, coalesce(detail.is_success_stated, false),
        \(texts == .all ? isRecorded : "false"), agent.name, coalesce(call.updated_at, call.created_at),
        call.escalated_at IS NOT NULL, call.rating, coalesce(detail.is_sentiment_stated, true),
        \(texts == .all ? "detail.analysis" : "NULL::jsonb")
        """
    }

    /// How many columns `list` has.
    static let count = 41

    private static let isRecorded = """
        EXISTS (SELECT 1 FROM calls.recordings AS kept
            WHERE kept.workspace_id = call.workspace_id AND kept.call_id = call.id)
        """

    /// Reads a row of `list`.
    static func call(_ row: Row) throws -> StoredCall {
        let facts = CallFacts(
            clientID: try row[1], agentID: try row[2], campaignID: try row[3],
            channel: try value(row[4]), status: try value(row[5]), success: try row[6], sentiment: try value(row[7]),
            durationMS: try row[8],
            latencies: ComponentLatencies(sttMicros: try row[9], llmMicros: try row[10], ttsMicros: try row[11]),
            costMicros: try row[12], endCategory: try (row[13] as String?).map { try value($0) },
            isSimulated: try row[14], createdAt: try row[15], phrases: try row[30],
            rating: try (row[38] as Int16?).map { Int($0) })
        let state = CallState(
            facts: facts, otherPartyPhone: try row[18], otherPartyName: try row[19], transcript: try row[20],
            recordingURL: try row[21], notes: try row[22], endCode: try row[23], connectedAt: try row[32],
            endedAt: try row[24], isSuccessStated: try row[33], isSentimentStated: try row[39],
            details: CallDetails(
                callerID: try row[26], summary: try row[27], emotions: try row[28], keyPhrases: try row[29],
                errorMessage: try row[31], analysis: try analysis(row[40])))
        return StoredCall(
            id: try row[0], state: state, version: try row[25], clientName: try row[16], clientPhone: try row[17],
            agentName: try row[35], isRecorded: try row[34], updatedAt: try row[36], isEscalated: try row[37])
    }

    private static func analysis(_ json: SQLJSON?) throws -> CallAnalysis? {
        try json.map { try JSONDecoder().decode(CallAnalysis.self, from: Data($0.text.utf8)) }
    }

    private static func value<Kind: RawRepresentable<String>>(_ text: String) throws -> Kind {
        guard let value = Kind(rawValue: text) else {
            throw DatabaseError(.decoding, "\"\(text)\" is no \(Kind.self).")
        }
        return value
    }
}
