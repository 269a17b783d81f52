import Crypto
import NIOCore

/// One question to an S3 server, before it is signed.
struct S3Request: Sendable {
    var method: String
    /// From the first slash on, unescaped: the endpoint's own path, bucket, key.
    var path: String
    var query: [(name: String, value: String)] = []
    /// Names in lower case.
    var headers: [String: String] = [:]
    var body = ByteBuffer()

    /// SHA-256 of no bytes.
    static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    var bodyHash: String {
        guard body.readableBytes > 0 else { return Self.emptyHash }
        return body.withUnsafeReadableBytes { SHA256.hash(data: $0).hexText }
    }

    /// Path and query as they are sent and signed.
    var target: String {
        let query = canonicalQuery
        return canonicalPath + (query.isEmpty ? "" : "?" + query)
    }

    var canonicalPath: String { Self.escaped(path, keeping: "/") }

    /// Sorted by name, then by value.
    var canonicalQuery: String {
        query.map { (Self.escaped($0.name), Self.escaped($0.value)) }.sorted { $0 < $1 }
            .map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// All but `A–Z a–z 0–9 - . _ ~` as `%XX`.
    static func escaped(_ text: String, keeping kept: String = "") -> String {
        var escaped = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                byte < 0x80
                && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte)
                    || "-._~".unicodeScalars.contains(scalar) || kept.unicodeScalars.contains(scalar))
            if isPlain {
                escaped.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return escaped
    }
}

extension Sequence where Element == UInt8 {
    /// Two lower-case digits a byte.
    var hexText: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
