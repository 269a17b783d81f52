import Crypto
import Foundation
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes a temporary file, and gives it its name when it is whole and durable.
actor DiskBlobWriter: BlobWriter {
    /// Bytes that are gathered before a thread is asked to write them.
    private static let gatheredBytes = 256 * 1024

    private let file: OpenFile
    private let temporary: String
    private let target: String
    private let threads: NIOThreadPool
    private var gathered = ByteBuffer()
    private var digest = SHA256()
    private var size = 0
    private var isOver = false

    init(file: OpenFile, temporary: String, target: String, threads: NIOThreadPool) {
        self.file = file
        self.temporary = temporary
        self.target = target
        self.threads = threads
    }

    func write(_ part: ByteBuffer) async throws {
        part.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
        size += part.readableBytes
        gathered.writeImmutableBuffer(part)
        if gathered.readableBytes >= Self.gatheredBytes { try await flush() }
    }

    func finish(expecting expected: [UInt8]?) async throws -> StoredBlob {
        try await flush()
        let sha256 = Array(digest.finalize())
        if let expected, expected != sha256 {
            await abort()
            throw BlobError.mismatch
        }
        let (file, temporary, target) = (file, temporary, target)
        try await threads.runIfActive {
            guard fsync(file.descriptor) == 0 else { throw DiskFiles.failure("flushing a file") }
            try Self.name(temporary, as: target)
        }
        isOver = true
        return StoredBlob(size: size, sha256: sha256)
    }

    func abort() async {
        guard !isOver else { return }
        isOver = true
        let temporary = temporary
        _ = try? await threads.runIfActive { unlink(temporary) }
    }

    private func flush() async throws {
        guard gathered.readableBytes > 0 else { return }
        let (part, file) = (gathered, file)
        gathered.clear()
        try await threads.runIfActive { try DiskFiles.write(part, to: file.descriptor) }
    }

    /// A folder that a deletion has just removed for being empty is made again.
    private static func name(_ temporary: String, as target: String) throws {
        let folder = DiskFiles.parent(of: target)
        for attempt in 1... {
            try DiskFiles.makeFolder(folder)
            if rename(temporary, target) == 0 { return try DiskFiles.syncFolder(folder) }
            guard errno == ENOENT, attempt < 5 else { throw DiskFiles.failure("naming a file") }
        }
    }
}
