import Blobs
import Bus
import Contracts
import NIOPosix
import ProcessBlobs
import ServiceHost
import ServiceLifecycle

/// The parts of a process that keep and read documents, put together.
struct Knowledge: Sendable {
    let components: [any Service]
    let passages: any PassageSearch
    let blobs: ProcessBlobs

    /// - Parameter embeddings: nil: passages are found by their words alone.
    init(
        host: ServiceHost, store: AgentsStore, agents: any AgentRepository, embeddings: Embeddings?,
        announce: @escaping @Sendable (WorkspaceID) -> Void
    ) throws {
        let vectors = embeddings.map { PassageVectors(host: host, embeddings: $0) }
        passages = vectors?.search ?? PostgresPassageSearch(database: host.database, jobs: host.jobs)
        blobs = try ProcessBlobs(host.process)
        let wakes = (0..<DocumentReader.concurrency).map { _ in WakeUp() }
        let handler = DocumentsHandler(
            documents: PostgresDocumentRepository(store: store), agents: agents, store: blobs.documents,
            logger: host.logger, announce: announce, wake: { wakes.forEach { $0.signal() } })
        Self.serve(handler, on: host)
        let threads = NIOThreadPool(numberOfThreads: DocumentReader.concurrency)
        threads.start()
        let jobs = PostgresDocumentJobs(jobs: host.jobs, announce: announce)
        let extraction = ExtractorProcess(path: ExtractorProcess.ownFolderPath, threads: threads)
        let reader = DocumentReader(
            jobs: jobs, store: blobs.documents,
            scanner: host.settings[KnowledgeSettings.scannerAddress].flatMap(ScannerAddress.init).map {
                Clamd(address: $0)
            }, extraction: extraction,
            websites: WebsiteReading(fetcher: GuardedFetcher(), extraction: extraction), wakes: wakes,
            logger: host.logger)
        components =
            [
                blobs, reader, DocumentSweeper(documents: jobs, store: blobs.documents, logger: host.logger),
            ] + (vectors?.components ?? [])
    }

    private static func serve(_ documents: DocumentsHandler, on host: ServiceHost) {
        host.serve(BeginDocuments.self, documents.handle)
        host.serve(AddDocuments.self, documents.handle)
        host.serve(ListDocuments.self, documents.handle)
        host.serve(GetDocument.self, documents.handle)
        host.serve(DeleteDocument.self, documents.handle)
        host.serve(ReindexDocument.self, documents.handle)
        host.serve(CountKnowledge.self, documents.handle)
    }

    /// `agents sweep-documents`: what a process does every hour, at once.
    @Sendable static func sweep(_ host: ServiceHost) async throws -> Int32 {
        let blobs = try ProcessBlobs(host.process)
        let sweeper = DocumentSweeper(
            documents: PostgresDocumentJobs(jobs: host.jobs), store: blobs.documents, logger: host.logger)
        do {
            sweeper.log(try await sweeper.sweep())
        } catch {
            host.logger.error("documents cannot be swept", metadata: ["cause": "\(error)"])
            await blobs.close()
            return 1
        }
        await blobs.close()
        return 0
    }
}
