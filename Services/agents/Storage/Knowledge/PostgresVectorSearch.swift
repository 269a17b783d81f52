import Contracts
import Postgres
import ServiceHost

/// Finds passages by their vectors: by pgvector where the server has it, else by an exact search in this process.
///
/// Neither uses an index of nearest neighbours. Such an index looks at a fixed number of neighbours of all workspaces and
/// drops those of others afterwards; a small workspace among large ones would find nothing.
struct PostgresVectorSearch: VectorSearch {
    enum Path: String, CaseIterable, Sendable {
        /// The server compares all of them.
        case pgvector
        /// This process compares all of them.
        case exact
        /// Those whose signatures are nearest are compared, wherever that is.
        case narrowed
    }

    /// How many numbers a question may be compared with, and with how many of the nearest signatures when there are more.
    struct Bounds: Sendable {
        let all: Int
        let narrowed: Int

        /// 50 000 passages of 384 dimensions, else 4000 of them.
        static let server = Bounds(all: 19_200_000, narrowed: 1_536_000)
        /// 4000 passages of 384 dimensions, else 2000 of them: they have to come here.
        static let process = Bounds(all: 1_536_000, narrowed: 768_000)
    }

    /// An answer waits for what is found; later it is of no use.
    private static let patience = Duration.seconds(2)
    /// Numbers that are held at a time.
    private static let pageNumbers = 192_000

    /// Sees the rows of the workspaces that a transaction names.
    let database: Database
    var usesExtension = true
    /// Nil: as it suits whoever compares.
    var bounds: Bounds?
    var note: @Sendable (Path) -> Void = { _ in }

    func nearest(
        to vector: TextVector, model: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [RankedPassage] {
        guard limit > 0 else { return [] }
        let asked = Asked(vector: vector, model: model, agent: agent, workspaceID: workspaceID)
        let (count, schema) = try await survey(asked)
        guard count > 0 else { return [] }
        let extensionSchema = usesExtension ? schema : nil
        let bounds = bounds ?? (extensionSchema == nil ? .process : .server)
        var narrowed: Int?
        if count > bounds.all / vector.dimensions { narrowed = max(limit, bounds.narrowed / vector.dimensions) }
        note(narrowed != nil ? .narrowed : extensionSchema == nil ? .exact : .pgvector)
        if let extensionSchema {
            return try await query(
                asked.compared(by: extensionSchema, narrowedTo: narrowed, limit: limit), asked
            ).map(Self.ranked)
        }
        let places = try await query(asked.places(narrowedTo: narrowed), asked).map {
            PassagePlace(documentID: try $0[0], number: try $0[1])
        }
        return try await best(of: places, asked, limit: limit)
    }

    /// How many passages there are to compare, and the schema of pgvector where this login may use it.
    private func survey(_ asked: Asked) async throws -> (count: Int, schema: String?) {
        let rows = try await query(asked.survey, asked)
        guard let row = try rows.one() else { return (0, nil) }
        return (try row[0], try row[1])
    }

    /// Their vectors come a page at a time, and none of them stays.
    private func best(of places: [PassagePlace], _ asked: Asked, limit: Int) async throws -> [RankedPassage] {
        var best = NearestFew(limit: limit)
        let pageSize = max(16, Self.pageNumbers / asked.vector.dimensions)
        let begin = ContinuousClock.now
        for start in stride(from: 0, to: places.count, by: pageSize) {
            guard ContinuousClock.now - begin < Self.patience else {
                throw DatabaseError(.timeout, "comparing \(places.count) vectors took too long")
            }
            let part = places[start..<min(places.count, start + pageSize)]
            for row in try await query(asked.vectors(at: Array(part)), asked) {
                let likeness = asked.vector.likeness(to: TextVector(kept: try row[2]))
                best.add(PassagePlace(documentID: try row[0], number: try row[1]), likeness)
            }
        }
        return best.ranked
    }

    private func query(_ statement: Statement, _ asked: Asked) async throws -> Rows {
        try await database.query(
            statement, workspaces: [asked.workspaceID.uuid], access: .readOnly, timeout: Self.patience)
    }

    private static func ranked(_ row: Row) throws -> RankedPassage {
        RankedPassage(place: PassagePlace(documentID: try row[0], number: try row[1]), score: try row[2])
    }
}

/// The best of many, without keeping the others.
struct NearestFew {
    let limit: Int
    /// The best first; among equals the one that came first.
    private(set) var ranked: [RankedPassage] = []

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(_ place: PassagePlace, _ score: Double) {
        guard ranked.count < limit || score > ranked[ranked.count - 1].score else { return }
        let index = ranked.firstIndex { $0.score < score } ?? ranked.count
        ranked.insert(RankedPassage(place: place, score: score), at: index)
        if ranked.count > limit { ranked.removeLast() }
    }
}

/// A question to the vectors, as statements.
private struct Asked {
    let vector: TextVector
    let model: String
    let agent: AgentID
    let workspaceID: WorkspaceID

    /// Vectors that may be compared with the question's, and the documents that they are of.
    private var candidates: Statement {
        """
        agents.documents AS d JOIN agents.passage_vectors AS v ON v.workspace_id = d.workspace_id
            AND v.document_id = d.id
        WHERE d.workspace_id = \(workspaceID) AND v.workspace_id = \(workspaceID) AND d.status = 'ready'
            AND (d.agent_id IS NULL OR d.agent_id = \(agent)) AND v.model = \(model)
            AND length(v.signature) = \(Int32(clamping: vector.dimensions))
        """
    }

    /// Passages are counted by their documents, which is a little too many while some have no vector yet.
    var survey: Statement {
        """
        SELECT coalesce((SELECT sum(d.passages) FROM agents.documents AS d
                WHERE d.workspace_id = \(workspaceID) AND d.status = 'ready'
                    AND (d.agent_id IS NULL OR d.agent_id = \(agent))), 0)::bigint,
            (SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
                WHERE e.extname = 'vector' AND has_schema_privilege(n.oid, 'USAGE'))
        """
    }

    /// - Parameter schema: quoted, as the catalogue has it. Its operator gives the negative product.
    func compared(by schema: String, narrowedTo count: Int?, limit: Int) -> Statement {
        let likeness: Statement = """
            -((v.vector::\(unsafe: schema).vector) OPERATOR(\(unsafe: schema).<#>)
                (\(vector.numbers)::\(unsafe: schema).vector))
            """
        guard let count else {
            return """
                SELECT v.document_id, v.number, \(likeness) AS likeness FROM \(candidates)
                ORDER BY likeness DESC, v.document_id, v.number LIMIT \(limit)
                """
        }
        return """
            SELECT v.document_id, v.number, \(likeness) AS likeness
            FROM (\(places(narrowedTo: count))) AS near JOIN agents.passage_vectors AS v
                ON v.workspace_id = \(workspaceID) AND v.document_id = near.document_id AND v.number = near.number
            WHERE v.model = \(model) AND length(v.signature) = \(Int32(clamping: vector.dimensions))
            ORDER BY likeness DESC, v.document_id, v.number LIMIT \(limit)
            """
    }

    /// - Parameter count: of those whose signatures are nearest; nil: all.
    func places(narrowedTo count: Int?) -> Statement {
        guard let count else {
            return "SELECT v.document_id, v.number FROM \(candidates) ORDER BY v.document_id, v.number"
        }
        return """
            SELECT v.document_id, v.number FROM \(candidates)
            ORDER BY bit_count(v.signature # \(vector.signature)::bit varying), v.document_id, v.number LIMIT \(count)
            """
    }

    func vectors(at places: [PassagePlace]) -> Statement {
        """
        SELECT v.document_id, v.number, v.vector
        FROM unnest(\(places.map(\.documentID)), \(places.map(\.number))) AS wanted (document_id, number)
        JOIN agents.passage_vectors AS v ON v.workspace_id = \(workspaceID) AND v.document_id = wanted.document_id
            AND v.number = wanted.number
        WHERE v.model = \(model) AND length(v.signature) = \(Int32(clamping: vector.dimensions))
        """
    }
}
