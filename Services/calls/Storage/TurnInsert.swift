import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost

/// The statement that adds a turn to a conversation.
enum TurnInsert {
    /// Changes the call if it still has the version that the conversation was read with, and numbers the turn and its event.
    /// One statement, so that the head is never locked across a round trip; the call's row is written first, as everywhere.
    /// - Returns: a statement with one row: how many turns were added, 0 or 1.
    static func statement(
        _ turn: NewTurn, to conversation: StoredConversation, in workspaceID: WorkspaceID
    ) -> Statement {
        let traceparent: String? = RequestContext.current?.traceparent
        let partition = Int16(EventPartition.of(workspaceID.uuid))
        let escalates = ConversationRules.escalates(turn, in: conversation)
        let number = conversation.turns + 1
        let event = TurnAdded(
            callID: conversation.id, agentID: conversation.agentID, number: number, speaker: turn.speaker,
            at: turn.at, escalates: escalates
        ).encoded()
        let unsure = turn.speaker == .customer ? conversation.unsure : turn.isUnsure ? conversation.unsure + 1 : 0
        let escalatedAt: Timestamp? = escalates ? turn.at : nil
        return """
            WITH call AS (
                \(lengthen(conversation, by: turn, escalatedAt, in: workspaceID))
            ), conversation AS (
                UPDATE calls.conversations SET turns = \(number), unsure = \(unsure), last_turn_at = \(turn.at)
                FROM call WHERE conversations.workspace_id = \(workspaceID) AND conversations.id = call.id
            ), turn AS (
                INSERT INTO calls.turns (workspace_id, call_id, number, speaker, text, said_at, message_id,
                    passages_used, is_unsure, escalates, intent, cost_micros, answer_micros)
                SELECT \(workspaceID), call.id, \(number), \(turn.speaker.rawValue), \(turn.text), \(turn.at),
                    \(turn.messageID), \(turn.passagesUsed), \(turn.isUnsure), \(escalates), \(turn.intent),
                    \(turn.costMicros), \(turn.answerMicros)
                FROM call RETURNING number
            ), head AS (
                UPDATE calls.event_head SET number = event_head.number + (SELECT count(*) FROM turn)
                WHERE partition = \(partition) RETURNING number
            ), logged AS (
                INSERT INTO calls.events (partition, number, workspace_id, kind, payload, traceparent)
                SELECT \(partition), head.number, \(workspaceID), \(TurnAdded.kind), \(event), \(traceparent)
                FROM head, turn
            )
            SELECT count(*) FROM turn
            """
    }

    private static func lengthen(
        _ conversation: StoredConversation, by turn: NewTurn, _ escalatedAt: Timestamp?, in workspaceID: WorkspaceID
    ) -> Statement {
        let line = ConversationRules.transcriptLine(turn, in: conversation)
        let version = conversation.callVersion ?? 0
        return """
            UPDATE calls.calls SET version = version + 1, updated_at = \(turn.at),
                transcript = concat_ws(E'\\n', nullif(transcript, ''), \(line)::text),
                escalated_at = coalesce(escalated_at, \(escalatedAt)::timestamptz)
            WHERE workspace_id = \(workspaceID) AND id = \(conversation.id) AND version = \(version)
                AND status = 'connected' AND deleted_at IS NULL
                AND octet_length(transcript) + \(line.utf8.count) < \(CallLimits.transcriptBytes)
            RETURNING id
            """
    }
}
