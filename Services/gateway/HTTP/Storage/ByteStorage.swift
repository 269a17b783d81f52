import Bus
import Contracts
import Hummingbird

/// Where the gateway keeps bytes that are too many for the bus: recordings and documents.
///
/// - Faults: `.unavailable` everywhere.
package protocol ByteStorage: Sendable {
    /// Begins an object; nobody sees anything of it before it is finished.
    /// - Parameter key: as the owner of the object's row gave it.
    func begin(_ key: String, in area: StorageArea, type: String) async throws -> any ByteSink

    /// Nil when there is no such object.
    /// - Parameter range: of its bytes.
    func bytes(of key: String, in area: StorageArea, range: Range<Int>) async throws -> StoredBytes?

    /// Removes an object that will never have a row.
    func discard(_ key: String, in area: StorageArea) async throws

    /// `ok`, or why nothing can be kept.
    func report() async -> String
}

/// Whose objects they are.
package enum StorageArea: Sendable {
    case recordings
    case documents
}

/// An object that is being written, by one task.
package protocol ByteSink: Sendable {
    func write(_ part: ByteBuffer) async throws

    /// - Parameter sha256: that the bytes must have; nil: any.
    /// - Faults: `.inputInvalid` when they have another one; then there is no object.
    func finish(expecting sha256: [UInt8]?) async throws -> StoredObject

    func abort() async
}

/// What was stored.
package struct StoredObject: Sendable, Equatable {
    package let sizeBytes: Int
    /// 32 bytes.
    package let sha256: [UInt8]

    package init(sizeBytes: Int, sha256: [UInt8]) {
        self.sizeBytes = sizeBytes
        self.sha256 = sha256
    }
}

/// An object that is being read.
package struct StoredBytes: Sendable {
    /// Bytes of the whole object.
    package let size: Int
    /// Nil at the end.
    package let next: @Sendable () async throws -> ByteBuffer?

    package init(size: Int, next: @escaping @Sendable () async throws -> ByteBuffer?) {
        self.size = size
        self.next = next
    }
}

/// For a gateway without storage: everything is unavailable.
package struct NoStorage: ByteStorage {
    package init() {}

    package func begin(_ key: String, in area: StorageArea, type: String) async throws -> any ByteSink {
        throw Fault(.unavailable, retryAfterMS: 5000)
    }

    package func bytes(of key: String, in area: StorageArea, range: Range<Int>) async throws -> StoredBytes? {
        throw Fault(.unavailable, retryAfterMS: 5000)
    }

    package func discard(_ key: String, in area: StorageArea) async throws {}

    package func report() async -> String { "there is no storage" }
}
