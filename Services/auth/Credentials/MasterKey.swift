import Contracts
import Crypto
import EventLog
import Foundation

/// Seals what must be read again but not by whoever reads the table: AES-GCM with a random key per record, which is
/// wrapped by the master key.
struct MasterKey: Sendable {
    struct Malformed: Error {}

    private static let version: UInt8 = 1
    /// Nonce, key and tag.
    private static let wrappedBytes = 12 + 32 + 16
    private let wrapping: SymmetricKey

    /// - Parameter text: 32 bytes or more.
    init(_ text: String) {
        wrapping = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(text.utf8)), info: Array("switchboard auth replies".utf8),
            outputByteCount: 32)
    }

    /// - Parameter identity: what the record belongs to; opening it for something else fails.
    func seal(_ plain: [UInt8], identity: [UInt8]) throws -> [UInt8] {
        let key = SymmetricKey(size: .bits256)
        let wrapped = try AES.GCM.seal(key.withUnsafeBytes { Array($0) }, using: wrapping, authenticating: identity)
        let sealed = try AES.GCM.seal(plain, using: key, authenticating: identity)
        guard let keyPart = wrapped.combined, let textPart = sealed.combined else { throw Malformed() }
        return [Self.version] + keyPart + textPart
    }

    /// - Throws: when it was changed, sealed by another master key, or for another identity.
    func open(_ bytes: [UInt8], identity: [UInt8]) throws -> [UInt8] {
        guard bytes.first == Self.version, bytes.count > 1 + Self.wrappedBytes else { throw Malformed() }
        let wrapped = try AES.GCM.SealedBox(combined: bytes[1..<1 + Self.wrappedBytes])
        let key = SymmetricKey(data: try AES.GCM.open(wrapped, using: wrapping, authenticating: identity))
        let sealed = try AES.GCM.SealedBox(combined: bytes[(1 + Self.wrappedBytes)...])
        return Array(try AES.GCM.open(sealed, using: key, authenticating: identity))
    }

    /// Seals for one row of one workspace.
    func seal(_ plain: [UInt8], for row: UUID, in workspaceID: WorkspaceID) throws -> [UInt8] {
        try seal(plain, identity: Self.identity(of: row, in: workspaceID))
    }

    /// - Throws: when it was changed, sealed by another master key, or for another row.
    func open(_ bytes: [UInt8], for row: UUID, in workspaceID: WorkspaceID) throws -> [UInt8] {
        try open(bytes, identity: Self.identity(of: row, in: workspaceID))
    }

    private static func identity(of row: UUID, in workspaceID: WorkspaceID) -> [UInt8] {
        withUnsafeBytes(of: workspaceID.uuid.uuid) { Array($0) } + withUnsafeBytes(of: row.uuid) { Array($0) }
    }

    /// For the stored answer of one request.
    func replySeal(workspaceID: WorkspaceID, digest: [UInt8]) -> IdempotentReplies.Seal {
        let identity = withUnsafeBytes(of: workspaceID.uuid.uuid) { Array($0) } + digest
        return IdempotentReplies.Seal(
            close: { try seal($0, identity: identity) }, open: { try open($0, identity: identity) })
    }
}
