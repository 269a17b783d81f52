import Blobs
import Bus
import Contracts
import GatewayHTTP
import Logging
import NIOCore
import ProcessBlobs

/// The stack's objects as the gateway's routes use them; failures of a store become faults of the catalogue.
struct BlobStorage: ByteStorage {
    /// How long what a store says of itself counts, in milliseconds.
    private static let reportMS = 2000

    private let recordings: any BlobStore
    private let documents: any BlobStore
    private let logger: Logger
    private let reports = Reports()

    init(_ blobs: ProcessBlobs, logger: Logger) {
        recordings = blobs.recordings
        documents = blobs.documents
        self.logger = logger
    }

    func begin(_ key: String, in area: StorageArea, type: String) async throws -> any ByteSink {
        try await translating { try await Sink(writer: store(area).begin(Self.key(key), type: type), storage: self) }
    }

    func bytes(of key: String, in area: StorageArea, range: Range<Int>) async throws -> StoredBytes? {
        try await translating {
            do {
                let reading = try await store(area).read(Self.key(key), range: range)
                let part = reading.makeAsyncIterator()
                return StoredBytes(size: reading.size) { try await part.next() }
            } catch BlobError.notFound {
                logger.error("an object is missing", metadata: ["key": "\(key)"])
                return nil
            }
        }
    }

    func discard(_ key: String, in area: StorageArea) async throws {
        try await translating { try await store(area).delete(Self.key(key)) }
    }

    func report() async -> String {
        await reports.current(for: Self.reportMS) {
            do {
                for store in [recordings, documents] { try await store.check() }
                return "ok"
            } catch {
                logger.warning("storage does not work", metadata: ["cause": "\(error)"])
                return "recordings and documents cannot be kept"
            }
        }
    }

    private func store(_ area: StorageArea) -> any BlobStore {
        switch area {
        case .recordings: recordings
        case .documents: documents
        }
    }

    private static func key(_ text: String) throws -> BlobKey {
        guard let key = BlobKey(text) else { throw Fault.unexpected() }
        return key
    }

    fileprivate func translating<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch BlobError.mismatch {
            throw Fault.invalid("X-Content-SHA256", "does not belong to the body")
        } catch let error as BlobError {
            logger.warning("storage", metadata: ["cause": "\(error)"])
            throw Fault(.unavailable, "Recordings and documents cannot be kept now. Try again.", retryAfterMS: 5000)
        }
    }
}

/// One object on its way into a store.
private struct Sink: ByteSink {
    let writer: any BlobWriter
    let storage: BlobStorage

    func write(_ part: ByteBuffer) async throws {
        try await storage.translating { try await writer.write(part) }
    }

    func finish(expecting sha256: [UInt8]?) async throws -> StoredObject {
        let stored = try await storage.translating { try await writer.finish(expecting: sha256) }
        return StoredObject(sizeBytes: stored.size, sha256: stored.sha256)
    }

    func abort() async {
        await writer.abort()
    }
}

/// What a store last said of itself, so that many who ask at a time ask it once.
private actor Reports {
    private var last: (text: String, until: Deadline)?
    private var running: Task<String, Never>?

    func current(for milliseconds: Int, _ ask: @escaping @Sendable () async -> String) async -> String {
        if let last, !last.until.hasPassed { return last.text }
        if let running { return await running.value }
        let task = Task { await ask() }
        running = task
        let text = await task.value
        last = (text, .after(milliseconds: milliseconds))
        running = nil
        return text
    }
}
