import Contracts
import Foundation
import Postgres
import TestSupport
import Testing

@testable import agents

@Suite struct `Passages that mean what is asked` {
    private static let facts = [
        "babies.txt": "A cot stands ready on demand.", "animals.txt": "Pets sleep in all rooms.",
        "fees.txt": "A visit takes thirty euros.", "garage.txt": "The garage is behind the house.",
    ]

    /// So that only the nearest signatures are looked at, 300 of 24 dimensions.
    private static let narrow = PostgresVectorSearch.Bounds(all: 0, narrowed: 7200)

    private static func filled(
        _ bench: KnowledgeBench, _ model: IdeaEmbedding = IdeaEmbedding(), in workspaceID: WorkspaceID? = nil
    ) async throws -> AgentID {
        let agent = try await bench.addAgent(to: workspaceID)
        for (name, text) in facts.sorted(by: { $0.key < $1.key }) {
            try await bench.add(Array(text.utf8), name: name, for: agent, in: workspaceID)
        }
        try await bench.embedAll(model)
        return agent
    }

    private static func names(
        _ bench: KnowledgeBench, _ question: String, _ agent: AgentID, _ model: IdeaEmbedding = IdeaEmbedding(),
        vectors: PostgresVectorSearch? = nil, in workspaceID: WorkspaceID? = nil
    ) async throws -> [String] {
        try await bench.hybrid(model, vectors: vectors).passages(
            for: question, agent: agent, in: workspaceID ?? bench.workspaceID, limit: 6
        ).map(\.documentName)
    }

    @Test func `are found without a common word`() async throws {
        try await KnowledgeBench.with { bench in
            let agent = try await Self.filled(bench)
            for (question, name) in [
                ("Is there a crib for my infant?", "babies.txt"), ("May my puppy come along?", "animals.txt"),
                ("How expensive would it be?", "fees.txt"), ("Where do I leave my car?", "garage.txt"),
            ] {
                #expect(
                    try await bench.search.passages(for: question, agent: agent, in: bench.workspaceID, limit: 6)
                        .isEmpty)
                let found = try await bench.hybrid(IdeaEmbedding()).passages(
                    for: question, agent: agent, in: bench.workspaceID, limit: 6)
                #expect(found.map(\.documentName) == [name], "\(question)")
                #expect(found.allSatisfy { $0.score == 0 && $0.nearness > 0.6 })
            }
            #expect(try await Self.names(bench, "Who was the first astronaut?", agent).isEmpty)
        }
    }

    @Test func `are never another workspace's or another agent's`() async throws {
        try await KnowledgeBench.with { bench in try await Self.keepApart(bench) }
    }

    @Test(.enabled(if: VectorExtension.obstacle == nil, "\(VectorExtension.obstacle ?? "")"))
    func `are never another workspace's or another agent's where the server has pgvector`() async throws {
        let cluster = try await TemporaryPostgres.start(
            settings: ["max_connections=100"], extensionFiles: try await VectorExtension.files())
        defer { cluster.stop() }
        try await KnowledgeBench.with(on: cluster) { bench in try await Self.keepApart(bench) }
    }

    /// By each path that the server has.
    private static func keepApart(_ bench: KnowledgeBench) async throws {
        let model = IdeaEmbedding()
        let other = WorkspaceID(UUID())
        let theirs = try await bench.addAgent(to: other)
        try await bench.add(Array("canary price".utf8), name: "secret.txt", for: theirs, in: other)
        let first = try await bench.addAgent()
        try await bench.add(Array("canary fee".utf8), name: "first.txt", for: first)
        try await bench.embedAll(model)
        let second = try await bench.addAgent()
        for (usesExtension, bounds) in [(true, nil), (true, narrow), (false, nil), (false, narrow)] {
            let vectors = PostgresVectorSearch(
                database: bench.search.database, usesExtension: usesExtension, bounds: bounds)
            func names(_ agent: AgentID, _ workspaceID: WorkspaceID) async throws -> [String] {
                try await Self.names(bench, "canary", agent, vectors: vectors, in: workspaceID)
            }
            #expect(try await names(theirs, other) == ["secret.txt"])
            #expect(try await names(first, bench.workspaceID) == ["first.txt"])
            #expect(try await names(second, bench.workspaceID) == [])
            #expect(try await names(theirs, bench.workspaceID) == [])
            #expect(try await names(first, other) == [])
            try await bench.owner.query("UPDATE agents.documents SET agent_id = NULL WHERE name = 'first.txt'")
            #expect(try await names(second, bench.workspaceID) == ["first.txt"])
            try await bench.owner.query("UPDATE agents.documents SET agent_id = \(first) WHERE name = 'first.txt'")
        }
        // The login itself sees nothing of others.
        let rows = try await bench.search.database.query(
            "SELECT count(*) FROM agents.passage_vectors", workspaces: [bench.workspaceID.uuid], access: .readOnly)
        #expect(try rows[0].decode(Int.self, at: 0) == 1)
    }

    @Test func `are those of documents that are ready, and of the model that is asked`() async throws {
        try await KnowledgeBench.with { bench in
            let agent = try await Self.filled(bench)
            let vector = try #require(IdeaEmbedding.vector(of: "infant", dimensions: 32))
            let search = PostgresVectorSearch(database: bench.search.database, usesExtension: false)
            func count(_ vector: TextVector, _ model: String) async throws -> Int {
                try await search.nearest(
                    to: vector, model: model, agent: agent, in: bench.workspaceID, limit: 9
                ).count
            }
            #expect(try await count(vector, "ideas") == 4)
            #expect(try await count(vector, "other") == 0)
            // A server that has changed its model under the same name.
            #expect(try await count(try #require(TextVector([1, 0, 0])), "ideas") == 0)
            try await bench.owner.query("UPDATE agents.documents SET status = 'pending' WHERE name = 'babies.txt'")
            #expect(try await count(vector, "ideas") == 3)
        }
    }

    @Test func `are found beside those that have the words, with both measures`() async throws {
        try await KnowledgeBench.with { bench in
            let agent = try await bench.addAgent()
            try await bench.add(Array("The crib note of a violinist.".utf8), name: "violin.txt", for: agent)
            try await bench.add(Array("A cot for your infant stands ready.".utf8), name: "cot.txt", for: agent)
            try await bench.add(Array("Toddler beds.".utf8), name: "beds.txt", for: agent)
            try await bench.add(Array("The violinist plays.".utf8), name: "player.txt", for: agent)
            try await bench.embedAll(IdeaEmbedding())
            let found = try await bench.hybrid(IdeaEmbedding()).passages(
                for: "infant violinist", agent: agent, in: bench.workspaceID, limit: 6)
            let passages = Dictionary(uniqueKeysWithValues: found.map { ($0.documentName, $0) })
            #expect(Set(passages.keys) == ["violin.txt", "cot.txt", "beds.txt", "player.txt"])
            #expect(passages["cot.txt"].map { $0.score > 0 && $0.nearness > 0.9 } == true)
            #expect(passages["beds.txt"].map { $0.score == 0 && $0.nearness > 0.9 } == true)
            #expect(passages["player.txt"].map { $0.score > 0 && $0.nearness < 0.3 } == true)
            // It is good by both.
            #expect(found.prefix(2).contains { $0.documentName == "cot.txt" })
        }
    }

    @Test func `are left out while the model is away, and words go on`() async throws {
        try await KnowledgeBench.with { bench in
            let model = IdeaEmbedding()
            let agent = try await Self.filled(bench)
            for failure in [ProviderFailure.broken("away"), .tooSlow, .malformed("x"), .resting] {
                model.fail(failure)
                let counts = OutcomeCounts()
                let found = try await bench.hybrid(model, counts: counts).passages(
                    for: "garage", agent: agent, in: bench.workspaceID, limit: 6)
                #expect(found.map(\.documentName) == ["garage.txt"] && found[0].nearness == 0)
                #expect(counts.values == ["words_alone": 1])
            }
        }
    }

    @Test func `are the same by each path`() async throws {
        try await KnowledgeBench.with { bench in
            let agent = try await Self.randomVectors(bench, documents: 3, passages: 300, dimensions: 24)
            try await Self.comparePaths(bench, agent, extensionCounts: nil)
        }
    }

    @Test(.enabled(if: VectorExtension.obstacle == nil, "\(VectorExtension.obstacle ?? "")"))
    func `are the same where the server has pgvector`() async throws {
        let cluster = try await TemporaryPostgres.start(
            settings: ["max_connections=100"], extensionFiles: try await VectorExtension.files())
        defer { cluster.stop() }
        try await KnowledgeBench.with(on: cluster) { bench in
            let agent = try await Self.randomVectors(bench, documents: 3, passages: 300, dimensions: 24)
            // The extension is there since `migrate` has made it; without it everything goes on.
            try await Self.comparePaths(bench, agent, extensionCounts: OutcomeCounts())
            try await bench.owner.query("DROP EXTENSION vector")
            try await Self.comparePaths(bench, agent, extensionCounts: nil)
        }
    }

    /// - Parameter extensionCounts: where the paths are counted; nil without the extension.
    private static func comparePaths(
        _ bench: KnowledgeBench, _ agent: AgentID, extensionCounts: OutcomeCounts?
    ) async throws {
        let counts = extensionCounts ?? OutcomeCounts()
        let database = bench.search.database
        let asked = PostgresVectorSearch(database: database, note: { counts.note($0.rawValue) })
        let exact = PostgresVectorSearch(database: database, usesExtension: false)
        let narrowed = [true, false].map {
            PostgresVectorSearch(database: database, usesExtension: $0, bounds: narrow)
        }
        var found = 0
        for _ in 0..<10 {
            let vector = try #require(TextVector((0..<24).map { _ in Double.random(in: -1...1) }))
            func nearest(_ search: PostgresVectorSearch) async throws -> [RankedPassage] {
                try await search.nearest(to: vector, model: "ideas", agent: agent, in: bench.workspaceID, limit: 10)
            }
            let best = try await nearest(exact)
            let other = try await nearest(asked)
            #expect(best.count == 10 && best.map(\.score) == best.map(\.score).sorted(by: >))
            #expect(other.map(\.place) == best.map(\.place))
            #expect(zip(other, best).allSatisfy { abs($0.score - $1.score) < 1e-5 })
            let few = try await nearest(narrowed[0]).map(\.place)
            #expect(try await nearest(narrowed[1]).map(\.place) == few)
            found += Set(few).intersection(best.map(\.place)).count
        }
        // Signatures of 24 digits are rough, and a third of all is looked at.
        #expect(found >= 80, "\(found) of 100")
        #expect(counts.values == [extensionCounts == nil ? "exact" : "pgvector": 10])
    }

    /// Documents of the bench's workspace with vectors at random.
    private static func randomVectors(
        _ bench: KnowledgeBench, documents: Int, passages: Int, dimensions: Int
    ) async throws -> AgentID {
        let agent = try await bench.addAgent()
        try await VectorFill(
            workspaceID: bench.workspaceID, agent: agent, documents: documents, passages: passages,
            dimensions: dimensions
        ).run(bench.owner)
        return agent
    }

    /// Said, not held to a figure: machines differ.
    @Test(
        .serialized, .enabled(if: ProcessInfo.processInfo.environment["SWITCHBOARD_SEARCH_BENCH"] != nil),
        arguments: [4_000, 20_000, 100_000])
    func `among many`(passages: Int) async throws {
        let files = VectorExtension.obstacle == nil ? try await VectorExtension.files() : nil
        let cluster = try await TemporaryPostgres.start(settings: ["max_connections=100"], extensionFiles: files)
        defer { cluster.stop() }
        try await KnowledgeBench.with(on: cluster) { bench in
            let agent = try await bench.addAgent()
            try await VectorFill(
                workspaceID: bench.workspaceID, agent: agent, documents: passages / 500, passages: 500, dimensions: 384,
                clusters: 20
            ).run(bench.owner)
            let all = PostgresVectorSearch.Bounds(all: .max, narrowed: .max)
            func search(_ usesExtension: Bool, _ bounds: PostgresVectorSearch.Bounds?) -> PostgresVectorSearch {
                PostgresVectorSearch(
                    database: bench.search.database, usesExtension: usesExtension, bounds: bounds)
            }
            let questions = try await Self.questions(bench)
            let best = try await Self.timed("exact in the process", search(false, all), questions, bench, agent)
            for (name, search) in [
                ("in the process, as it is bounded", search(false, nil)), ("pgvector, all", search(true, all)),
                ("pgvector, as it is bounded", search(true, nil)),
            ] {
                let found = try await Self.timed(name, search, questions, bench, agent)
                let shared = zip(found, best).reduce(0) { $0 + $1.0.intersection($1.1).count }
                print("\(passages), \(name): recall \(Double(shared) / Double(best.count * 10))")
            }
        }
    }

    /// Half-way between stored ones and nothing in particular.
    private static func questions(_ bench: KnowledgeBench) async throws -> [TextVector] {
        try await bench.owner.query(
            "SELECT vector FROM agents.passage_vectors WHERE number <= 5 ORDER BY number, document_id LIMIT 20"
        ).compactMap { row in
            let stored: [Float] = try row[0]
            return TextVector(stored.map { Double($0) + Double.random(in: -0.05...0.05) })
        }
    }

    private static func timed(
        _ name: String, _ search: PostgresVectorSearch, _ questions: [TextVector], _ bench: KnowledgeBench,
        _ agent: AgentID
    ) async throws -> [Set<PassagePlace>] {
        var times: [Double] = []
        var found: [Set<PassagePlace>] = []
        for vector in questions {
            let began = ContinuousClock.now
            let ranked = try await search.nearest(
                to: vector, model: "ideas", agent: agent, in: bench.workspaceID, limit: 10)
            let (seconds, attoseconds) = (ContinuousClock.now - began).components
            times.append(Double(seconds) * 1000 + Double(attoseconds) / 1e15)
            found.append(Set(ranked.map(\.place)))
        }
        times.sort()
        print("\(name): p50 \(times[10]) ms, p95 \(times[18]) ms")
        return found
    }
}
