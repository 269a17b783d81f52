import Blobs
import Bus
import Contracts
import Foundation
import NIOCore
import NIOPosix
import Postgres
import ServiceRuntime
import TestSupport
import Testing

@testable import agents

/// Documents of two workspaces in PostgreSQL, their bytes on the disk, and whoever reads them.
struct KnowledgeBench {
    let workspaceID = WorkspaceID(UUID())
    let agents: PostgresAgentRepository
    let handler: DocumentsHandler
    let jobs: PostgresDocumentJobs
    let search: PostgresPassageSearch
    let store: DiskBlobStore
    let owner: Database

    /// - Parameter cluster: nil: the one of all tests.
    static func with(
        on cluster: TemporaryPostgres? = nil, _ body: (KnowledgeBench) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/knowledge-\(UUID().uuidString.lowercased())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let blobs = DiskBlobStore(folder: folder)
        try await blobs.prepare()
        try await ServiceDatabase.with([.forAgents], on: cluster) { services, owner in
            let databases = try #require(services["agents"])
            let store = AgentsStore(database: databases.database, jobs: databases.jobs)
            let agents = PostgresAgentRepository(store: store)
            try await body(
                KnowledgeBench(
                    agents: agents,
                    handler: DocumentsHandler(
                        documents: PostgresDocumentRepository(store: store), agents: agents, store: blobs,
                        logger: silentLogger, announce: { _ in }, wake: {}),
                    jobs: PostgresDocumentJobs(jobs: databases.jobs),
                    search: PostgresPassageSearch(database: databases.database, jobs: databases.jobs), store: blobs,
                    owner: owner))
        }
    }

    func caller(_ workspaceID: WorkspaceID? = nil) -> Caller {
        .service("test", workspaceID: (workspaceID ?? self.workspaceID).uuid)
    }

    func addAgent(to workspaceID: WorkspaceID? = nil) async throws -> AgentID {
        var fields = AgentFields()
        (fields.name, fields.status) = ("Agent \(UUID())", .draft)
        let agent = try Agent.made(by: fields, id: AgentID(UUID()), createdBy: nil, at: .now())
        _ = try await agents.add(agent, under: nil, in: workspaceID ?? self.workspaceID)
        return agent.id
    }

    /// Stores bytes and adds their document, as the gateway does.
    @discardableResult
    func add(
        _ bytes: [UInt8], _ format: DocumentFormat = .txt, kind: DocumentKind = .file, name: String = "file",
        for agentID: AgentID? = nil, in workspaceID: WorkspaceID? = nil
    ) async throws -> DocumentRecord {
        let caller = caller(workspaceID)
        let places = try await handler.handle(BeginDocuments(count: 1), from: caller)
        let key = try #require(BlobKey(places.keys[0]))
        let stored = try await store.put(key, ByteBuffer(bytes: bytes))
        let document = NewDocument(
            key: key.text, kind: kind, name: name, format: format, sizeBytes: stored.size, sha256: stored.sha256)
        return try await handler.handle(AddDocuments(agentID: agentID, documents: [document]), from: caller)
            .value.documents[0]
    }

    func find(_ id: DocumentID) async throws -> DocumentRecord {
        try await handler.handle(GetDocument(id: id), from: caller())
    }

    func reader(
        scanner: (any MalwareScanner)? = nil, extraction: any Extraction = TextExtraction(),
        fetcher: any PageFetching = GuardedFetcher()
    ) -> DocumentReader {
        DocumentReader(
            jobs: jobs, store: store, scanner: scanner, extraction: extraction,
            websites: WebsiteReading(fetcher: fetcher, extraction: extraction), wakes: [WakeUp()], logger: silentLogger)
    }

    func count(_ table: String) async throws -> Int {
        try await owner.query("SELECT count(*) FROM \(unsafe: table)")[0][0]
    }
}

/// Takes bytes for text, as they are.
struct TextExtraction: Extraction {
    func text(of bytes: ByteBuffer, format: DocumentFormat) async throws -> String { String(buffer: bytes) }

    func links(of page: ByteBuffer) async throws -> [String] {
        String(buffer: page).matches(of: /href="([^"]*)"/).map { String($0.1) }
    }
}

/// The real program, on threads of the test's own.
enum RealExtraction {
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        return threads
    }()

    static func make(seconds: Int = 45) throws -> ExtractorProcess {
        ExtractorProcess(path: try BuiltExecutables.path("extractor"), threads: threads, seconds: seconds)
    }
}
