import Bus
import Contracts
import Foundation
import Postgres
import ServiceHost
import ServiceRuntime

/// Conversations in PostgreSQL.
struct PostgresConversationRepository: ConversationRepository {
    let database: Database
    /// Sees every workspace.
    let jobs: Database
    /// Told of a workspace whose events have grown, after the commit.
    let announce: @Sendable (WorkspaceID) -> Void

    private static let columns = """
        conversation.id, conversation.session_id, conversation.agent_id, conversation.started_at, conversation.turns,
        conversation.unsure, conversation.is_ended OR call.status IN ('completed', 'failed'), call.version,
        coalesce(call.escalated_at IS NOT NULL, false)
        """
    private static let joined = """
        calls.conversations AS conversation LEFT JOIN calls.calls AS call
            ON call.workspace_id = conversation.workspace_id AND call.id = conversation.id
        """

    func conversation(
        _ reference: ConversationReference, in workspaceID: WorkspaceID
    ) async throws -> StoredConversation? {
        let id: CallID? = reference.id
        let rows = try await database.query(
            """
            (SELECT \(unsafe: Self.columns), 0 AS place FROM \(unsafe: Self.joined)
            WHERE conversation.workspace_id = \(workspaceID) AND conversation.session_id = \(reference.text)
            ORDER BY conversation.id DESC LIMIT 1)
            UNION ALL
            (SELECT \(unsafe: Self.columns), 1 FROM \(unsafe: Self.joined)
            WHERE conversation.workspace_id = \(workspaceID) AND conversation.id = \(id))
            ORDER BY place LIMIT 1
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map(Self.conversation)
    }

    func open(_ new: StoredConversation, in workspaceID: WorkspaceID) async throws -> StoredConversation {
        let results = try await database.pipeline(
            [
                """
                INSERT INTO calls.conversations (workspace_id, id, session_id, agent_id, started_at, last_turn_at)
                VALUES (\(workspaceID), \(new.id), \(new.sessionID), \(new.agentID), \(new.startedAt), \(new.startedAt))
                ON CONFLICT (workspace_id, session_id) WHERE NOT is_ended DO NOTHING
                """,
                """
                SELECT \(unsafe: Self.columns) FROM \(unsafe: Self.joined)
                WHERE conversation.workspace_id = \(workspaceID) AND conversation.session_id = \(new.sessionID)
                    AND NOT conversation.is_ended
                """,
            ], workspaces: [workspaceID.uuid])
        // Nil when the one that stood in the way has just ended.
        guard let row = try results[1].one() else { throw Fault(.unavailable, retryAfterMS: 100) }
        return try Self.conversation(row)
    }

    func message(_ id: UUID, in workspaceID: WorkspaceID) async throws -> KnownMessage? {
        let rows = try await database.query(
            """
            SELECT call_id, \(unsafe: Self.turnColumns) FROM calls.turns
            WHERE workspace_id = \(workspaceID) AND message_id = \(id) ORDER BY number
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        var found: (callID: CallID, turn: Turn)?
        var answer: Turn?
        for row in rows {
            let turn = try Self.turn(row, from: 1)
            if turn.speaker == .customer { found = (try row[0], turn) } else { answer = turn }
        }
        return found.map { KnownMessage(callID: $0.callID, question: $0.turn, answer: answer) }
    }

    func add(
        _ turn: NewTurn, to conversation: StoredConversation, in workspaceID: WorkspaceID
    ) async throws -> TurnOutcome {
        do {
            let rows = try await database.pipeline(
                [TurnInsert.statement(turn, to: conversation, in: workspaceID)], workspaces: [workspaceID.uuid],
                stages: CommitStages(commitSent: { try? Failpoint.hit("calls.turn-sent") }))[0]
            guard try rows.one()?.decode(Int.self, at: 0) == 1 else { return .overtaken }
            try await Failpoint.hit("calls.turn-stored")
        } catch let error as DatabaseError where error.isUniqueViolation {
            return error.constraint == "turns_of_message" ? .known : .overtaken
        } catch let error as DatabaseError where error.kind == .commitUnknown && Self.takesUnknownForFailed {
            return try await addAnew(turn, to: conversation, in: workspaceID)
        }
        announce(workspaceID)
        return .added(
            Turn(
                number: conversation.turns + 1, speaker: turn.speaker, text: turn.text, at: turn.at,
                passagesUsed: turn.passagesUsed))
    }

    func turns(of id: CallID, in workspaceID: WorkspaceID, from number: Int, count: Int) async throws -> [Turn] {
        let rows = try await database.query(
            """
            SELECT \(unsafe: Self.turnColumns) FROM calls.turns
            WHERE workspace_id = \(workspaceID) AND call_id = \(id) AND number >= \(number)
            ORDER BY number LIMIT \(count)
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.map { try Self.turn($0, from: 0) }
    }

    func figures(of id: CallID, in workspaceID: WorkspaceID) async throws -> AnswerFigures {
        let rows = try await database.query(
            """
            SELECT count(answer_micros), count(answer_micros) FILTER (WHERE NOT is_unsure AND NOT escalates),
                coalesce(sum(cost_micros), 0)::bigint, round(avg(answer_micros))::bigint, max(said_at)
            FROM calls.turns WHERE workspace_id = \(workspaceID) AND call_id = \(id)
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        guard let row = try rows.one() else { return AnswerFigures() }
        return AnswerFigures(
            answers: try row[0], sureAnswers: try row[1], costMicros: try row[2], averageMicros: try row[3],
            lastTurnAt: try row[4])
    }

    func close(_ id: CallID, in workspaceID: WorkspaceID) async throws {
        try await database.query(
            """
            UPDATE calls.conversations SET is_ended = true
            WHERE workspace_id = \(workspaceID) AND id = \(id) AND NOT is_ended
            """, workspaces: [workspaceID.uuid])
    }

    func silent(since: Timestamp, limit: Int) async throws -> [(workspaceID: WorkspaceID, id: CallID)] {
        let rows = try await jobs.query(
            """
            SELECT workspace_id, id FROM calls.conversations
            WHERE NOT is_ended AND last_turn_at < \(since) ORDER BY last_turn_at LIMIT \(limit)
            """, access: .readOnly)
        return try rows.map { (workspaceID: try $0[0], id: try $0[1]) }
    }

    private static func conversation(_ row: Row) throws -> StoredConversation {
        StoredConversation(
            id: try row[0], sessionID: try row[1], agentID: try row[2], startedAt: try row[3],
            turns: Int(try row[4] as Int32), unsure: Int(try row[5] as Int32),
            isEnded: try (row[6] as Bool?) ?? false, callVersion: try row[7], isEscalated: try row[8])
    }

    private static let turnColumns = "number, speaker, text, said_at, passages_used"

    private static func turn(_ row: Row, from place: Int) throws -> Turn {
        guard let speaker = Speaker(rawValue: try row[place + 1]) else {
            throw DatabaseError(.decoding, "There is no such speaker.")
        }
        return Turn(
            number: Int(try row[place] as Int32), speaker: speaker, text: try row[place + 2], at: try row[place + 3],
            passagesUsed: Int(try row[place + 4] as Int32))
    }
}
