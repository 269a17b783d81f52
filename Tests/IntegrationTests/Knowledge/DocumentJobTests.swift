import Bus
import Contracts
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import agents

@Suite struct `Documents that wait to be read` {
    private static let passages = [Passage(text: "one", offset: 0), Passage(text: "two", offset: 4)]

    @Test func `are read once, by whoever holds the last lease`() async throws {
        try await KnowledgeBench.with { bench in
            let agent = try await bench.addAgent()
            let document = try await bench.add(Array("hello".utf8), name: "a.txt")
            #expect(document.status == .pending && document.agentID == agent)
            let late = try #require(try await bench.jobs.take(leaseSeconds: 0))
            #expect(late.document.record.status == .processing && late.tries == 1)
            let last = try #require(try await bench.jobs.take(leaseSeconds: 60))
            #expect(last.fence == late.fence + 1 && last.tries == 2)
            #expect(try await bench.jobs.take(leaseSeconds: 60) == nil)
            #expect(try await !bench.jobs.note(50, of: late, leaseSeconds: 60))
            #expect(try await !bench.jobs.finish(late, passages: Self.passages, faqEntries: 0))
            #expect(try await bench.count("agents.passages") == 0)
            #expect(try await bench.jobs.note(50, of: last, leaseSeconds: 60))
            #expect(try await bench.find(document.id).progressPercent == 50)
            #expect(try await bench.jobs.finish(last, passages: Self.passages, faqEntries: 0))
            for job in [late, last] {
                #expect(try await !bench.jobs.finish(job, passages: Self.passages, faqEntries: 0))
                #expect(try await !bench.jobs.fail(job, reason: "x"))
            }
            let ready = try await bench.find(document.id)
            #expect(ready.status == .ready && ready.progressPercent == 100 && ready.passages == 2)
            #expect(try await bench.count("agents.passages") == 2)
            // Added, taken twice, half-way, ready; and the agent.
            #expect(try await bench.count("agents.events") == 6)
        }
    }

    @Test func `are read by many processes at a time, each of them once`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            for number in 0..<20 { try await bench.add(Array("text \(number)".utf8)) }
            let reader = bench.reader()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { while try await reader.readNext() {} } }
                try await group.waitForAll()
            }
            #expect(try await bench.count("agents.passages") == 20)
            #expect(try await bench.count("agents.documents WHERE status = 'ready' AND tries = 1") == 20)
        }
    }

    @Test func `are read anew when somebody asks for it, and forgotten when somebody deletes them`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            let document = try await bench.add(Array("hello".utf8))
            let caller = bench.caller()
            let job = try #require(try await bench.jobs.take(leaseSeconds: 60))
            _ = try await bench.handler.handle(ReindexDocument(id: document.id), from: caller)
            #expect(try await !bench.jobs.finish(job, passages: Self.passages, faqEntries: 0))
            #expect(try await bench.reader().readNext())
            #expect(try await bench.find(document.id).passages == 1)
            _ = try await bench.handler.handle(ReindexDocument(id: document.id), from: caller)
            #expect(try await bench.find(document.id).status == .pending)
            let second = try #require(try await bench.jobs.take(leaseSeconds: 60))
            _ = try await bench.handler.handle(DeleteDocument(id: document.id), from: caller)
            #expect(try await !bench.jobs.finish(second, passages: Self.passages, faqEntries: 0))
            #expect(try await bench.count("agents.passages") == 0)
            #expect(try await bench.store.page(after: nil, limit: 10).isEmpty)
            for ask in [
                { _ = try await bench.find(document.id) },
                { _ = try await bench.handler.handle(DeleteDocument(id: document.id), from: caller) },
                { _ = try await bench.handler.handle(ReindexDocument(id: document.id), from: caller) },
            ] as [() async throws -> Void] {
                await #expect(throws: Fault(.documentNotFound)) { try await ask() }
            }
        }
    }

    @Test func `wait for a scanner that is away, and fail when it finds something`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            let document = try await bench.add(Array("hello".utf8))
            #expect(try await bench.reader(scanner: FakeScanner(result: nil)).readNext())
            let waiting = try await bench.find(document.id)
            #expect(waiting.status == .pending && waiting.reason?.contains("scanner") == true)
            #expect(try await !bench.reader(scanner: FakeScanner(result: .clean)).readNext())
            try await bench.owner.query("UPDATE agents.documents SET due_at = now()")
            #expect(try await bench.reader(scanner: FakeScanner(result: .infected(name: "Eicar"))).readNext())
            let failed = try await bench.find(document.id)
            #expect(failed.status == .failed && failed.reason == "The malware scanner found Eicar.")
            _ = try await bench.handler.handle(ReindexDocument(id: document.id), from: bench.caller())
            #expect(try await bench.reader(scanner: FakeScanner(result: .clean)).readNext())
            let ready = try await bench.find(document.id)
            #expect(ready.status == .ready && ready.reason == nil)
        }
    }

    @Test func `fail with a reason when they are empty, gone, or kill their readers`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            let empty = try await bench.add(Array(" \n ".utf8))
            #expect(try await bench.reader().readNext())
            #expect(try await bench.find(empty.id).reason == "No text was found in it.")
            let gone = try await bench.add(Array("hello".utf8))
            for facts in try await bench.store.page(after: nil, limit: 10) { try await bench.store.delete(facts.key) }
            #expect(try await bench.reader().readNext())
            #expect(try await bench.find(gone.id).status == .failed)
            let killer = try await bench.add(Array("hello".utf8))
            for _ in 0..<5 { #expect(try await bench.jobs.take(leaseSeconds: 0) != nil) }
            #expect(try await bench.reader().readNext())
            #expect(try await bench.find(killer.id).reason == "It was tried 5 times without success.")
        }
    }

    @Test func `are refused without an agent, with a key of somebody else or an old one, and used once`() async throws {
        try await KnowledgeBench.with { bench in
            await #expect(throws: Fault(.nothingToSetUp)) { try await bench.add(Array("x".utf8)) }
            let agent = try await bench.addAgent()
            let other = WorkspaceID(UUID())
            let theirs = try await bench.addAgent(to: other)
            await #expect(throws: Fault(.agentNotFound)) { try await bench.add(Array("x".utf8), for: theirs) }
            func add(_ key: String) async throws {
                let document = NewDocument(
                    key: key, kind: .file, name: "a", format: .txt, sizeBytes: 1,
                    sha256: [UInt8](repeating: 0, count: 32))
                _ = try await bench.handler.handle(
                    AddDocuments(agentID: agent, documents: [document]), from: bench.caller())
            }
            let key = try await bench.handler.handle(BeginDocuments(count: 2), from: bench.caller()).keys
            let foreign = try await bench.handler.handle(BeginDocuments(count: 1), from: bench.caller(other)).keys
            for bad in [foreign[0], "\(bench.workspaceID)/\(UUID())", "", "../../x", "\(bench.workspaceID)/x"] {
                await #expect(throws: Fault.self, "\(bad)") { try await add(bad) }
            }
            try await add(key[0])
            await #expect(throws: Fault.self) { try await add(key[0]) }
            #expect(try await bench.count("agents.documents") == 1)
            let page = try await bench.handler.handle(ListDocuments(limit: 10), from: bench.caller(other))
            #expect(page.total == 0 && page.documents.isEmpty)
        }
    }

    @Test func `leave nothing behind that the sweeper does not take after a day`() async throws {
        try await KnowledgeBench.with { bench in
            _ = try await bench.addAgent()
            try await bench.add(Array("kept".utf8))
            let orphan = try #require(
                try await bench.handler.handle(BeginDocuments(count: 1), from: bench.caller()).keys.first)
            _ = try await bench.store.put(try #require(.init(orphan)), ByteBuffer(string: "orphan"))
            func swept(afterHours hours: Double) async throws -> Int {
                let moment = Date().addingTimeInterval(hours * 3600)
                return try await DocumentSweeper(
                    documents: bench.jobs, store: bench.store, logger: silentLogger, now: { moment }
                ).sweep().orphans
            }
            #expect(try await swept(afterHours: 23) == 0)
            #expect(try await swept(afterHours: 25) == 1)
            #expect(try await bench.store.page(after: nil, limit: 10).count == 1)
        }
    }
}

private struct FakeScanner: MalwareScanner {
    /// Nil: it is away.
    let result: ScanResult?

    func scan(_ bytes: ByteBuffer) async throws -> ScanResult {
        guard let result else { throw ScannerAway(description: "test") }
        return result
    }
}
