import Bus
import Contracts
import Foundation
import TestSupport
import Testing

@testable import agents

@Suite struct `Passages that wait for their vectors` {
    /// So many passages.
    private static func text(_ count: Int) -> [UInt8] {
        // Each question is a passage of its own.
        Array((1...count).map { "Q: Number \($0)?\nA: It is number \($0)." }.joined(separator: "\n").utf8)
    }

    private static func ready(_ bench: KnowledgeBench, _ passages: Int) async throws -> DocumentRecord {
        let document = try await bench.add(text(passages), kind: .faq)
        while try await bench.reader().readNext() {}
        #expect(try await bench.find(document.id).passages == passages)
        return document
    }

    private static func vectors(_ bench: KnowledgeBench, _ model: String = "ideas") async throws -> Int {
        try await bench.owner.query("SELECT count(*) FROM agents.passage_vectors WHERE model = \(model)")[0][0]
    }

    @Test func `get them after the document is ready, whenever it became so`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            _ = try await Self.ready(bench, 3)
            #expect(try await bench.vectorJobs.waiting(model: "ideas") == 3)
            let model = IdeaEmbedding()
            let embedder = bench.embedder(model)
            #expect(try await embedder.embedNext() == .done)
            #expect(try await embedder.embedNext() == .nothing)
            #expect(try await Self.vectors(bench) == 3 && model.texts.count == 3)
            #expect(try await bench.vectorJobs.waiting(model: "ideas") == 0)
            // Another model, and what is added now.
            _ = try await Self.ready(bench, 2)
            let other = IdeaEmbedding(model: "other", dimensions: 64)
            try await bench.embedAll(other)
            #expect(try await Self.vectors(bench, "other") == 5)
            #expect(try await Self.vectors(bench) == 0)
        }
    }

    @Test func `of a new document do not wait for those of all others`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            for _ in 0..<3 { _ = try await Self.ready(bench, 1) }
            try await bench.embedAll(IdeaEmbedding(model: "old"))
            let new = try await Self.ready(bench, 1)
            let first = try #require(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60))
            #expect(first.documentID == new.id)
            for _ in 0..<3 { #expect(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60) != nil) }
            #expect(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60) == nil)
            // Until they are replaced the old ones are there.
            #expect(try await Self.vectors(bench, "old") == 3)
        }
    }

    @Test func `are embedded by whoever holds the last lease`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            let document = try await Self.ready(bench, 2)
            let late = try #require(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 0))
            #expect(late.documentID == document.id)
            let last = try #require(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60))
            #expect(last.fence == late.fence + 1)
            #expect(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60) == nil)
            let vector = try #require(IdeaEmbedding.vector(of: "price", dimensions: 32))
            #expect(try await !bench.vectorJobs.store([(0, vector)], of: late, leaseSeconds: 60))
            #expect(try await !bench.vectorJobs.finish(late))
            #expect(try await !bench.vectorJobs.postpone(late, seconds: 0))
            #expect(try await Self.vectors(bench) == 0)
            #expect(try await bench.vectorJobs.store([(0, vector)], of: last, leaseSeconds: 60))
            #expect(try await bench.vectorJobs.passages(of: last, limit: 9).map(\.number) == [1])
            #expect(try await bench.vectorJobs.finish(last))
            #expect(try await Self.vectors(bench) == 1)
        }
    }

    @Test func `are redone by a batch at most when a process dies`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            _ = try await Self.ready(bench, 40)
            // What a killed process leaves: one batch stored, one embedded in vain, and a lease that runs out.
            let killed = try #require(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60))
            let batch = try await bench.vectorJobs.passages(of: killed, limit: PassageEmbedder.batch)
            let vectors = batch.compactMap { passage in
                IdeaEmbedding.vector(of: passage.text, dimensions: 32).map { (number: passage.number, vector: $0) }
            }
            #expect(try await bench.vectorJobs.store(vectors, of: killed, leaseSeconds: 0))
            let model = IdeaEmbedding()
            try await bench.embedAll(model)
            #expect(model.texts.count == 40 - PassageEmbedder.batch && Set(model.texts).count == model.texts.count)
            #expect(try await Self.vectors(bench) == 40)
        }
    }

    @Test func `are shared by many processes, each of them embedded once`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            for number in 0..<20 { try await bench.add(Array("text number \(number)".utf8)) }
            while try await bench.reader().readNext() {}
            let model = IdeaEmbedding()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { while try await bench.embedder(model).embedNext() == .done {} }
                }
                try await group.waitForAll()
            }
            #expect(model.texts.count == 20 && Set(model.texts).count == 20)
            #expect(try await Self.vectors(bench) == 20)
        }
    }

    @Test func `wait longer each time while the server is away, and are not lost`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            let document = try await Self.ready(bench, 2)
            let model = IdeaEmbedding()
            let embedder = bench.embedder(model) { $0.firstPauseSeconds = 10 }
            var pauses: [Double] = []
            for failure in [ProviderFailure.broken("away"), .tooSlow, .malformed("nonsense"), .broken("away")] {
                model.fail(failure)
                #expect(try await embedder.embedNext() == .resting)
                #expect(try await embedder.embedNext() == .nothing)
                pauses.append(
                    try await bench.owner.query(
                        """
                        SELECT extract(epoch FROM embed_due_at - clock_timestamp())::float8 FROM agents.documents
                        """)[0][0])
                try await bench.owner.query("UPDATE agents.documents SET embed_due_at = now()")
            }
            for (pause, seconds) in zip(pauses, [10.0, 20, 40, 80]) { #expect(abs(pause - seconds) < 5) }
            // One that is left alone costs no try.
            model.fail(.resting)
            #expect(try await embedder.embedNext() == .resting)
            model.fail(nil)
            #expect(try await embedder.embedNext() == .done)
            #expect(try await Self.vectors(bench) == 2)
            #expect(try await bench.find(document.id).status == .ready)
        }
    }

    @Test func `go with their passages, and come again with them`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            let document = try await Self.ready(bench, 2)
            let model = IdeaEmbedding()
            try await bench.embedAll(model)
            let caller = bench.caller()
            _ = try await bench.handler.handle(ReindexDocument(id: document.id), from: caller)
            #expect(try await bench.reader().readNext())
            #expect(try await Self.vectors(bench) == 0)
            #expect(try await bench.vectorJobs.waiting(model: "ideas") == 2)
            // Read anew while somebody embeds it, and deleted while somebody does.
            let vector = try #require(IdeaEmbedding.vector(of: "price", dimensions: 32))
            let first = try #require(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60))
            _ = try await bench.handler.handle(ReindexDocument(id: document.id), from: caller)
            #expect(try await !bench.vectorJobs.store([(0, vector)], of: first, leaseSeconds: 60))
            #expect(try await bench.reader().readNext())
            #expect(try await !bench.vectorJobs.store([(0, vector)], of: first, leaseSeconds: 60))
            #expect(try await !bench.vectorJobs.finish(first))
            let second = try #require(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 0))
            try await bench.embedAll(model)
            #expect(try await Self.vectors(bench) == 2)
            _ = try await bench.handler.handle(DeleteDocument(id: document.id), from: caller)
            #expect(try await !bench.vectorJobs.store([(0, vector)], of: second, leaseSeconds: 60))
            #expect(try await Self.vectors(bench) == 0)
        }
    }

    @Test func `do not wait for one that the model takes in no form`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            let document = try await Self.ready(bench, 40)
            let model = IdeaEmbedding()
            model.refuse("Number 20?")
            try await bench.embedAll(model)
            #expect(model.texts.count == 39 && Set(model.texts).count == 39)
            // The one has a vector that none is compared with, and is not asked for again.
            let lengths = try await bench.owner.query(
                "SELECT length(signature), count(*) FROM agents.passage_vectors GROUP BY 1 ORDER BY 1")
            #expect(try lengths.map { try $0[0] as Int32 } == [1, 32] && lengths.map { try $0[1] as Int } == [1, 39])
            #expect(try await bench.vectorJobs.waiting(model: "ideas") == 0)
            #expect(try await bench.find(document.id).status == .ready)
        }
    }

    @Test func `that came to nothing wait behind those that were never asked for`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            let old = try await Self.ready(bench, 1)
            let failing = try await Self.ready(bench, 1)
            let job = try #require(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60))
            #expect(job.documentID == failing.id)
            #expect(try await bench.vectorJobs.postpone(job, seconds: 0))
            #expect(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60)?.documentID == old.id)
            #expect(try await bench.vectorJobs.take(model: "ideas", leaseSeconds: 60)?.documentID == failing.id)
        }
    }

    @Test func `are cut for a model that takes no long ones`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            try await bench.add(Array(String(repeating: "The price is high. ", count: 200).utf8))
            let model = IdeaEmbedding()
            model.refuse(above: 400)
            try await bench.embedAll(model)
            #expect(model.texts.allSatisfy { $0.count <= 400 } && !model.texts.isEmpty)
            #expect(try await Self.vectors(bench) == model.texts.count)
            #expect(try await bench.vectorJobs.waiting(model: "ideas") == 0)
        }
    }
}
