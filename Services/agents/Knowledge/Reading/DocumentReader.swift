import Blobs
import Bus
import Contracts
import Logging
import NIOCore
import ServiceLifecycle
import ServiceRuntime

/// Reads documents that wait for it, as one of any number of processes that do the same.
struct DocumentReader: Service {
    /// Read at a time by one process.
    static let concurrency = 2
    private static let mostTries = 5
    private static let pollMS = 1000
    /// Prolonged as long as the document is read.
    private static let usualLeaseSeconds = 15
    private static let largestFileBytes = 32 << 20

    let jobs: any DocumentJobs
    let store: any BlobStore
    /// Nil: nothing is scanned.
    let scanner: (any MalwareScanner)?
    let extraction: any Extraction
    let websites: WebsiteReading
    /// One for each that reads.
    let wakes: [WakeUp]
    let logger: Logger
    var leaseSeconds = DocumentReader.usualLeaseSeconds
    var scannerPauseSeconds = 10
    var failurePauseSeconds = 10

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for wake in wakes { group.addTask { await readAll(wake) } }
            }
        }
    }

    private func readAll(_ wake: WakeUp) async {
        while !Task.isCancelled {
            do {
                if try await readNext() { continue }
            } catch {
                if !Task.isCancelled { logger.warning("no document can be read", metadata: ["cause": "\(error)"]) }
            }
            await wake.wait(atMostMS: Self.pollMS)
        }
    }

    /// - Returns: whether there was one.
    func readNext() async throws -> Bool {
        guard let job = try await jobs.take(leaseSeconds: leaseSeconds) else { return false }
        do {
            try await holding(job) { try await settle(job) }
        } catch is CancellationError {
            // Others need not wait for the lease to run out. This task is cancelled, which its queries would be, too.
            await Task { try? await jobs.release(job) }.value
        }
        return true
    }

    /// Runs `body` while the lease is kept, and cancels it when somebody else has it.
    private func holding(_ job: DocumentJob, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: body)
            group.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(leaseSeconds * 300))
                    if (try? await jobs.renew(job, leaseSeconds: leaseSeconds)) == false { throw CancellationError() }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func settle(_ job: DocumentJob) async throws {
        do {
            guard job.tries <= Self.mostTries else {
                throw Unreadable(reason: "It was tried \(Self.mostTries) times without success.")
            }
            let content = try await content(of: job)
            guard !content.passages.isEmpty else { throw Unreadable(reason: "No text was found in it.") }
            _ = try await jobs.finish(job, passages: content.passages, faqEntries: content.faqEntries)
        } catch let unreadable as Unreadable {
            _ = try await jobs.fail(job, reason: unreadable.reason)
        } catch let away as ScannerAway {
            logger.warning("the scanner is away", metadata: ["cause": "\(away)"])
            _ = try await jobs.postpone(
                job, reason: "It waits for the malware scanner, which is not available.", seconds: scannerPauseSeconds)
        } catch let error as BlobError {
            guard error != .notFound else {
                _ = try await jobs.fail(job, reason: "Its bytes are missing in the storage.")
                return
            }
            logger.warning("a document's bytes cannot be read", metadata: ["cause": "\(error)"])
            _ = try await jobs.postpone(
                job, reason: "It waits for the storage, which is not available.", seconds: failurePauseSeconds)
        } catch let failure as ChildRun.Failure {
            logger.error("extraction", metadata: ["cause": "\(failure)"])
            _ = try await jobs.fail(job, reason: "Files cannot be read on this server: its reader cannot be started.")
        }
    }

    private func content(of job: DocumentJob) async throws -> (passages: [Passage], faqEntries: Int) {
        let document = job.document
        guard let key = document.blobKey.flatMap(BlobKey.init), let format = document.record.format else {
            guard let address = document.record.sourceURL else { throw Unreadable(reason: "It has no source.") }
            return (try await websites.passages(of: address) { try await goOn(job, $0) }, 0)
        }
        let bytes = try await bytes(key)
        if document.record.kind == .faq {
            let questions = FrequentQuestions(String(buffer: bytes))
            return (questions.passages, questions.count)
        }
        try await goOn(job, 20)
        if let scanner, case .infected(let name) = try await scanner.scan(bytes) {
            throw Unreadable(reason: "The malware scanner found \(name).")
        }
        try await goOn(job, 40)
        let text = try await extraction.text(of: bytes, format: format)
        try await goOn(job, 80)
        try await Failpoint.hit("agents.document-extracted")
        return (PassageCutter.passages(of: text), 0)
    }

    /// - Throws: `CancellationError` when somebody else reads it by now, or nobody is to.
    private func goOn(_ job: DocumentJob, _ progressPercent: Int) async throws {
        try Task.checkCancellation()
        guard try await jobs.note(progressPercent, of: job, leaseSeconds: leaseSeconds) else {
            throw CancellationError()
        }
    }

    private func bytes(_ key: BlobKey) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        for try await part in try await store.read(key, range: nil) {
            bytes.writeImmutableBuffer(part)
            guard bytes.readableBytes <= Self.largestFileBytes else { throw Unreadable(reason: "It is too large.") }
        }
        return bytes
    }
}
