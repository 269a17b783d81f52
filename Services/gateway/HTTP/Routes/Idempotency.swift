import Bus
import Contracts
import Crypto
import Foundation
import Hummingbird

extension RouteInput {
    /// The key of this request with what it belongs to; nil when none was sent.
    package var idempotency: IdempotencyKey? {
        body.withUnsafeReadableBytes { idempotency(of: $0) }
    }

    /// The same of a body that the handler has taken part by part, given what tells two such bodies apart.
    func idempotency(of content: UnsafeRawBufferPointer) -> IdempotencyKey? {
        guard let idempotencyKey else { return nil }
        var digest = SHA256()
        digest.update(field: caller.identity.credentialID)
        digest.update(field: routeName)
        digest.update(field: idempotencyKey)
        // What the path names is as much of the request as its body.
        var fingerprint = SHA256()
        for segment in segments { fingerprint.update(field: segment) }
        fingerprint.update(bufferPointer: content)
        return IdempotencyKey(digest: Array(digest.finalize()), fingerprint: Array(fingerprint.finalize()))
    }

    /// What the key of this request stands for, for ever; nil when none was sent. Also the id of a call that names none.
    /// - Parameter index: its place among several calls of one request.
    package func callKeyID(index: Int? = nil) -> CallID? {
        guard let idempotencyKey else { return nil }
        var hash = SHA256()
        withUnsafeBytes(of: caller.workspaceID?.uuid ?? nilUUID) { hash.update(bufferPointer: $0) }
        hash.update(field: caller.identity.credentialID)
        hash.update(field: routeName)
        hash.update(field: idempotencyKey)
        if let index { hash.update(field: String(index)) }
        return CallID(.version8(of: hash.finalize()))
    }

    /// - Throws: `.inputInvalid` for a key that is empty, too long or not visible ASCII.
    static func checkedKey(_ key: String) throws -> String {
        let isVisible = key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard !key.isEmpty, key.utf8.count <= 255, isVisible else {
            throw Fault.invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
        }
        return key
    }
}

private let nilUUID: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

extension SHA256 {
    /// A text and its end, so that two texts are never one.
    fileprivate mutating func update(field: String) {
        update(data: Array(field.utf8))
        update(data: [0])
    }
}

extension UUID {
    static func version8(of text: String) -> UUID {
        version8(of: SHA256.hash(data: Array(text.utf8)))
    }

    /// RFC 9562, version 8: the first 122 bits of a hash.
    static func version8(of digest: SHA256.Digest) -> UUID {
        var bytes = Array(digest.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.load(as: uuid_t.self)) }
    }
}
