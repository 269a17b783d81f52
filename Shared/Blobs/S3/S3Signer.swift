import Crypto
import Foundation

/// Signs questions as AWS Signature Version 4 for S3 says it.
struct S3Signer: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"
    private static let service = "s3"

    let accessKey: String
    let secretKey: String
    let region: String

    /// - Parameters:
    ///   - host: as in the `Host` header, with the port where it is not the scheme's own.
    ///   - bodyHash: SHA-256 of the body in hexadecimal.
    /// - Returns: the headers to send; all of them are signed.
    func headers(of request: S3Request, host: String, bodyHash: String, at moment: Date) -> [String: String] {
        let stamp = S3Stamp(moment)
        var headers = request.headers
        headers["host"] = host
        headers["x-amz-content-sha256"] = bodyHash
        headers["x-amz-date"] = stamp.text
        let names = headers.keys.sorted()
        let signature = signature(
            request, query: request.canonicalQuery, headers: headers, bodyHash: bodyHash, stamp: stamp)
        headers["authorization"] =
            "\(Self.algorithm) Credential=\(accessKey)/\(scope(stamp)),SignedHeaders=\(names.joined(separator: ";")),"
            + "Signature=\(signature)"
        return headers
    }

    /// A request whose address alone lets whoever has it read, for 1 s to 7 days.
    func presigned(_ request: S3Request, host: String, seconds: Int, at moment: Date) -> S3Request {
        let stamp = S3Stamp(moment)
        var request = request
        request.query += [
            ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(accessKey)/\(scope(stamp))"),
            ("X-Amz-Date", stamp.text), ("X-Amz-Expires", String(min(max(1, seconds), 604_800))),
            ("X-Amz-SignedHeaders", "host"),
        ]
        let signature = signature(
            request, query: request.canonicalQuery, headers: ["host": host], bodyHash: "UNSIGNED-PAYLOAD", stamp: stamp)
        request.query.append(("X-Amz-Signature", signature))
        return request
    }

    private func signature(
        _ request: S3Request, query: String, headers: [String: String], bodyHash: String, stamp: S3Stamp
    ) -> String {
        let sorted = headers.sorted { $0.key < $1.key }
        let canonical = [
            request.method, request.canonicalPath, query,
            sorted.map { "\($0.key):\(Self.trimmed($0.value))\n" }.joined(),
            sorted.map(\.key).joined(separator: ";"), bodyHash,
        ].joined(separator: "\n")
        let hash = SHA256.hash(data: Array(canonical.utf8)).hexText
        let text = [Self.algorithm, stamp.text, scope(stamp), hash].joined(separator: "\n")
        return Self.code(text, key: signingKey(stamp)).hexText
    }

    private func scope(_ stamp: S3Stamp) -> String { "\(stamp.day)/\(region)/\(Self.service)/aws4_request" }

    private func signingKey(_ stamp: S3Stamp) -> [UInt8] {
        [String(stamp.day), region, Self.service, "aws4_request"]
            .reduce(Array("AWS4\(secretKey)".utf8)) { key, text in Self.code(text, key: key) }
    }

    private static func code(_ text: String, key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }

    /// Without space at the ends, and one where there were several.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
}

/// A moment as a signature names it: `20130524T000000Z`.
struct S3Stamp: Sendable {
    let text: String

    init(_ moment: Date) {
        var seconds = time_t(moment.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        text =
            "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))Z"
    }

    var day: Substring { text.prefix(8) }
}
