import Foundation
import NIOCore

/// Objects under keys, on one place: a folder of the local disk, or a bucket of S3.
///
/// - Faults: `BlobError` everywhere.
package protocol BlobStore: Sendable {
    /// Begins an object; nobody sees anything of it before `finish`. An object that is there under the key is replaced.
    /// - Parameter type: its media type, where the store keeps one.
    func begin(_ key: BlobKey, type: String) async throws -> any BlobWriter

    /// Bytes of an object, in order.
    /// - Parameter range: of its bytes, within its size; nil: all.
    /// - Throws: `.notFound`.
    func read(_ key: BlobKey, range: Range<Int>?) async throws -> BlobReading

    /// Nil when there is no such object.
    func facts(of key: BlobKey) async throws -> BlobFacts?

    /// Removes an object; that it is not there is no failure.
    func delete(_ key: BlobKey) async throws

    /// Objects behind `after`, in the store's order.
    /// - Parameter limit: 1–1000; fewer objects than that are the last ones.
    func page(after: BlobKey?, limit: Int) async throws -> [BlobFacts]

    /// Removes what writers began before that moment and never finished, since their process died.
    /// - Returns: how many.
    func removeUnfinished(before moment: Date) async throws -> Int

    /// Makes the place where objects lie if it is not there.
    func prepare() async throws

    /// Throws when objects can neither be written nor read.
    func check() async throws
}

/// An object that is being written. One task at a time uses it; it holds 8 MiB at most, whatever the object's size.
package protocol BlobWriter: Sendable {
    func write(_ part: ByteBuffer) async throws

    /// Makes the object visible, durable and whole.
    /// - Parameter expected: SHA-256 that the bytes must have; nil: any.
    /// - Throws: `.mismatch`; then there is no object.
    func finish(expecting expected: [UInt8]?) async throws -> StoredBlob

    /// Takes back what was written. Does nothing after `finish`; never throws, since a sweeper takes what stays.
    func abort() async
}

/// What was stored, as it was counted on its way.
package struct StoredBlob: Sendable, Equatable {
    /// Bytes.
    package let size: Int
    /// 32 bytes.
    package let sha256: [UInt8]
}

/// What a store knows of an object.
package struct BlobFacts: Sendable, Equatable {
    package let key: BlobKey
    /// Bytes.
    package let size: Int
    /// By the store's clock.
    package let modifiedAt: Date
}

/// Bytes of an object on their way; for one reader.
package struct BlobReading: AsyncSequence, Sendable {
    /// Bytes of the whole object.
    package let size: Int
    private let part: @Sendable () async throws -> ByteBuffer?

    init(size: Int, part: @escaping @Sendable () async throws -> ByteBuffer?) {
        self.size = size
        self.part = part
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        let part: @Sendable () async throws -> ByteBuffer?

        package func next() async throws -> ByteBuffer? {
            try await part()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(part: part)
    }
}

/// Why a store did not do what it was asked.
package enum BlobError: Error, Equatable, CustomStringConvertible {
    case notFound
    /// The bytes are not those that were announced.
    case mismatch
    /// It does not answer, is full, or answers nonsense; a retry may go well.
    case unavailable(String)
    /// It refuses: a wrong key or a missing right. A retry does not help before somebody changes the settings.
    case refused(String)

    package var description: String {
        switch self {
        case .notFound: "there is no such object"
        case .mismatch: "the bytes are not those that were announced"
        case .unavailable(let cause): "the store is not available: \(cause)"
        case .refused(let cause): "the store refuses: \(cause)"
        }
    }
}

extension BlobStore {
    /// Stores a whole sequence of bytes, or nothing of it.
    package func put(
        _ key: BlobKey, type: String = "application/octet-stream", _ bytes: some AsyncSequence<ByteBuffer, any Error>
    ) async throws -> StoredBlob {
        let writer = try await begin(key, type: type)
        do {
            for try await part in bytes { try await writer.write(part) }
            return try await writer.finish(expecting: nil)
        } catch {
            await writer.abort()
            throw error
        }
    }

    /// Stores bytes that are in memory.
    package func put(_ key: BlobKey, type: String = "application/octet-stream", _ bytes: ByteBuffer) async throws
        -> StoredBlob
    {
        let writer = try await begin(key, type: type)
        do {
            try await writer.write(bytes)
            return try await writer.finish(expecting: nil)
        } catch {
            await writer.abort()
            throw error
        }
    }
}
