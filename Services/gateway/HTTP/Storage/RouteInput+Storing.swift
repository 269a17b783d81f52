import Bus
import Contracts
import Crypto
import Foundation
import Hummingbird

extension RouteInput {
    /// Streams the rest of the request's body into storage, behind what the handler has read of it.
    ///
    /// `X-Content-SHA256` (hexadecimal) and `Content-MD5` (base64) are held against what has come.
    /// - Returns: the object, durable and whole; after any failure there is none.
    /// - Faults: `.tooLarge`, `.inputInvalid` for another digest, `.unavailable`.
    package func store(
        _ body: BodyStream, after head: ByteBuffer, under key: String, in area: StorageArea, type: String
    ) async throws -> StoredObject {
        let expected = try ExpectedDigests(headers)
        let sink = try await storage.begin(key, in: area, type: type)
        do {
            var md5 = expected.md5 == nil ? nil : Insecure.MD5()
            var part: ByteBuffer? = head
            while let bytes = part {
                if md5 != nil { bytes.withUnsafeReadableBytes { md5?.update(bufferPointer: $0) } }
                try await sink.write(bytes)
                part = try await body.next()
            }
            if let md5, Array(md5.finalize()) != expected.md5 {
                throw Fault.invalid("Content-MD5", "does not belong to the body")
            }
            let object = try await sink.finish(expecting: expected.sha256)
            await reached(Gateway.objectStored)
            return object
        } catch {
            await sink.abort()
            throw error
        }
    }
}

/// What the headers of an upload say of its bytes.
struct ExpectedDigests {
    let sha256: [UInt8]?
    let md5: [UInt8]?

    init(_ headers: HTTPFields) throws {
        sha256 = try headers.first(.contentSHA256).map { text in
            guard let bytes = Self.bytes(hex: text), bytes.count == 32 else {
                throw Fault.invalid("X-Content-SHA256", "must be 64 hexadecimal digits")
            }
            return bytes
        }
        md5 = try headers.first(.contentMD5).map { text in
            guard let bytes = Data(base64Encoded: text), bytes.count == 16 else {
                throw Fault.invalid("Content-MD5", "must be 16 bytes in base64")
            }
            return Array(bytes)
        }
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = text.utf8.map(hexValue)
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        let values = digits.compactMap { $0 }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
