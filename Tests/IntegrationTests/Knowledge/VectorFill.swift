import Contracts
import Postgres

@testable import agents

/// Many vectors in a database, quickly.
struct VectorFill {
    let workspaceID: WorkspaceID
    let agent: AgentID
    let documents: Int
    let passages: Int
    let dimensions: Int
    /// Nil: anywhere.
    var clusters: Int?

    private var centre: Statement {
        guard let clusters else { return "0" }
        // The same for each number of the same cluster.
        return "('x' || substr(md5(n % \(clusters) || ':' || i), 1, 7))::bit(28)::int / 134217728.0 - 1"
    }

    func run(_ owner: Database) async throws {
        try await owner.query(
            """
            INSERT INTO agents.documents (workspace_id, id, agent_id, kind, name, format, blob_key, size_bytes,
                sha256, status, passages, embedded_model, created_at, updated_at)
            SELECT \(workspaceID), md5(d::text)::uuid, \(agent), 'file', 'd' || d, 'txt', 'k' || d, 1,
                decode(repeat('00', 32), 'hex'), 'ready', \(passages), 'ideas', now(), now()
            FROM generate_series(1, \(documents)) AS d
            """)
        for document in 1...documents {
            try await owner.query(
                """
                WITH made AS (
                    SELECT n, array_agg((random() * 2 - 1 + \(centre))::real ORDER BY i) AS numbers
                    FROM generate_series(1, \(passages)) AS n, generate_series(1, \(dimensions)) AS i GROUP BY n
                ), scaled AS (
                    SELECT n, (SELECT array_agg((x / length)::real ORDER BY place)
                        FROM unnest(numbers) WITH ORDINALITY AS one (x, place)) AS numbers
                    FROM made, LATERAL (SELECT sqrt(sum(x * x)) AS length FROM unnest(numbers) AS x) AS sized
                ), texts AS (
                    INSERT INTO agents.passages (workspace_id, document_id, number, body, body_offset, words)
                    SELECT \(workspaceID), md5(\(document)::text)::uuid, n, 'text', 0, '' FROM scaled
                )
                INSERT INTO agents.passage_vectors (workspace_id, document_id, number, model, vector, signature)
                SELECT \(workspaceID), md5(\(document)::text)::uuid, n, 'ideas', numbers,
                    (SELECT string_agg(CASE WHEN x > 0 THEN '1' ELSE '0' END, '' ORDER BY place)
                        FROM unnest(numbers) WITH ORDINALITY AS one (x, place))::bit varying
                FROM scaled
                """, timeout: .seconds(300))
        }
        try await owner.query("ANALYZE agents.passage_vectors")
    }
}
