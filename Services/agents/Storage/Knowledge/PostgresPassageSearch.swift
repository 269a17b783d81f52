import Contracts
import Foundation
import Postgres
import ServiceHost

/// Finds passages by the words of a question, in PostgreSQL's full-text index.
struct PostgresPassageSearch: PassageSearch, WordSearch {
    /// Characters of a question that are looked at, and different words.
    private static let longestQuestion = 1000
    private static let mostWords = 24
    /// Passages that are ranked: those with all words, and those with each of them, so many each. A usual word is thereby
    /// looked up in some of its passages, a rare one in all.
    private static let mostOfOneWord = 300

    /// Sees the rows of the workspaces that a transaction names.
    let database: Database
    /// Sees every row. The index of words can only be used by a role whose rows need no further check, so the statement
    /// names its workspace itself.
    let jobs: Database

    func passages(
        for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [FoundPassage] {
        let found = try await ranked(for: question, agent: agent, in: workspaceID, limit: limit)
        return try await load(
            found.map { ChosenPassage(place: $0.place, score: $0.score, nearness: 0) }, in: workspaceID)
    }

    func ranked(
        for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [RankedPassage] {
        let words = Self.words(of: question)
        guard !words.isEmpty, limit > 0 else { return [] }
        return try await jobs.query(
            Self.statement(words, agent: agent, in: workspaceID, limit: limit), access: .readOnly
        ).map { row in
            RankedPassage(
                place: PassagePlace(documentID: try row[0], number: try row[1]), score: min(1, max(0, try row[2])))
        }
    }

    func load(_ chosen: [ChosenPassage], in workspaceID: WorkspaceID) async throws -> [FoundPassage] {
        guard !chosen.isEmpty else { return [] }
        let rows = try await database.query(
            """
            SELECT d.id, d.name, p.body, p.body_offset, wanted.place
            FROM unnest(\(chosen.map(\.place.documentID)), \(chosen.map(\.place.number))) WITH ORDINALITY
                AS wanted (document_id, number, place)
            JOIN agents.passages AS p ON p.workspace_id = \(workspaceID) AND p.document_id = wanted.document_id
                AND p.number = wanted.number
            JOIN agents.documents AS d ON d.workspace_id = \(workspaceID) AND d.id = p.document_id
                AND d.status = 'ready'
            ORDER BY wanted.place
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.map { row in
            let (offset, place): (Int32, Int) = (try row[3], try row[4])
            let measures = chosen[place - 1]
            return FoundPassage(
                documentID: try row[0], documentName: try row[1], text: try row[2], offset: Int(offset),
                score: measures.score, nearness: measures.nearness)
        }
    }

    /// Different words in their order, lower-case; letters and digits alone, so that none has a meaning in a query.
    static func words(of question: String) -> [String] {
        var known: Set<String> = []
        let words = question.prefix(longestQuestion).lowercased().split { !$0.isLetter && !$0.isNumber }
        return Array(words.map { String($0.prefix(64)) }.filter { known.insert($0).inserted }.prefix(mostWords))
    }

    /// A passage is as good as the share of the question's words that it has, a rare word counting more than a usual one,
    /// and, among equals, the closer these stand together. Words such as "the" are none (`english`); a question of nothing
    /// else finds nothing.
    private static func statement(
        _ words: [String], agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) -> Statement {
        """
        WITH lexemes AS MATERIALIZED (
            SELECT quote_literal(word)::tsquery AS lexeme
            FROM unnest(tsvector_to_array(to_tsvector('english', \(words.joined(separator: " "))))) AS given (word)
        ), question AS MATERIALIZED (
            SELECT string_agg('(' || lexeme::text || ')', ' | ')::tsquery AS any_word,
                string_agg('(' || lexeme::text || ')', ' & ')::tsquery AS all_words
            FROM lexemes
        ), pool AS MATERIALIZED (
            SELECT wanted.document_id, wanted.number
            FROM (SELECT all_words AS query FROM question UNION SELECT lexeme FROM lexemes) AS part
            CROSS JOIN LATERAL (
                SELECT p.document_id, p.number FROM agents.passages AS p
                JOIN agents.documents AS d ON d.workspace_id = p.workspace_id AND d.id = p.document_id
                WHERE p.words @@ (\("'w\(workspaceID)'")::tsquery && part.query)
                    AND p.workspace_id = \(workspaceID) AND d.workspace_id = \(workspaceID) AND d.status = 'ready'
                    AND (d.agent_id IS NULL OR d.agent_id = \(agent))
                LIMIT \(mostOfOneWord)) AS wanted
            GROUP BY wanted.document_id, wanted.number
        ), candidates AS MATERIALIZED (
            SELECT p.document_id, p.number, p.words, ts_rank_cd(p.words, q.any_word, 32) AS closeness
            FROM question AS q CROSS JOIN pool
            JOIN agents.passages AS p ON p.workspace_id = \(workspaceID) AND p.document_id = pool.document_id
                AND p.number = pool.number
        ), weights AS MATERIALIZED (
            SELECT l.lexeme, ln(1 + (SELECT count(*) FROM candidates)::float8
                / (1 + (SELECT count(*) FROM candidates AS c WHERE c.words @@ l.lexeme))) AS weight
            FROM lexemes AS l
        )
        SELECT c.document_id, c.number,
            0.85 * (SELECT coalesce(sum(w.weight) FILTER (WHERE c.words @@ w.lexeme), 0)
                / greatest(sum(w.weight), 1e-9) FROM weights AS w) + 0.15 * c.closeness AS score
        FROM candidates AS c ORDER BY score DESC, c.document_id, c.number LIMIT \(limit)
        """
    }
}
