import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1

/// Where an S3 server is, and who asks it.
package struct S3Account: Sendable {
    /// `http` or `https`.
    package let scheme: String
    /// With the port where it is not the scheme's own.
    package let host: String
    /// In front of the bucket; empty or from a slash on, without one at its end.
    package let path: String
    let signer: S3Signer

    /// Nil when the endpoint is no address over HTTP, such as `https://minio.example.com:9000`.
    package init?(endpoint: String, region: String, accessKey: String, secretKey: String) {
        guard let parts = URLComponents(string: endpoint), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host?.lowercased(), !host.isEmpty
        else { return nil }
        self.scheme = scheme
        let usual = scheme == "http" ? 80 : 443
        self.host = parts.port.map { $0 == usual ? host : "\(host):\($0)" } ?? host
        path = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path
        signer = S3Signer(accessKey: accessKey, secretKey: secretKey, region: region)
    }
}

/// Sends questions to an S3 server, signed, each until its deadline, again after a failure that may pass.
struct S3Connection: Sendable {
    /// How long one attempt at a question may take from its first byte to the head of its answer.
    private static let attemptSeconds: Int64 = 15
    /// How long all attempts together may take.
    private static let questionSeconds: Int64 = 25
    /// Pauses before the second, third and fourth attempt, each up to half as long again by chance.
    private static let pausesMS = [100, 250, 600]
    /// Bytes of an answer that is read whole.
    private static let answerBytes = 4 * 1024 * 1024

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let text: String

        /// Such as `NoSuchKey`.
        var code: String { S3Text.first("Code", in: text[...]) ?? "status \(status)" }
    }

    let account: S3Account
    let http: HTTPClient
    let logger: Logger

    /// - Parameter missing: statuses beside 2xx that are an answer.
    /// - Throws: `BlobError`.
    func send(_ request: S3Request, also accepted: Set<Int> = []) async throws -> Answer {
        try await repeating(request) { deadline in
            let response = try await execute(request, deadline)
            let bytes = try await response.body.collect(upTo: Self.answerBytes)
            let answer = Answer(
                status: Int(response.status.code), headers: response.headers, text: String(buffer: bytes))
            try Self.check(answer, accepted)
            return answer
        }
    }

    /// Begins to read an object; its bytes come over the response's body.
    func open(_ request: S3Request) async throws -> HTTPClientResponse {
        try await repeating(request) { deadline in
            let response = try await execute(request, deadline)
            guard (200..<300).contains(response.status.code) else {
                let bytes = try await response.body.collect(upTo: Self.answerBytes)
                try Self.check(
                    Answer(
                        status: Int(response.status.code), headers: response.headers, text: String(buffer: bytes)), [])
                throw BlobError.unavailable("status \(response.status.code)")
            }
            return response
        }
    }

    func temporaryURL(_ request: S3Request, seconds: Int) -> String {
        let signed = account.signer.presigned(request, host: account.host, seconds: seconds, at: Date())
        return "\(account.scheme)://\(account.host)\(signed.target)"
    }

    private func execute(_ request: S3Request, _ deadline: NIODeadline) async throws -> HTTPClientResponse {
        var outgoing = HTTPClientRequest(url: "\(account.scheme)://\(account.host)\(request.target)")
        outgoing.method = HTTPMethod(rawValue: request.method)
        let headers = account.signer.headers(
            of: request, host: account.host, bodyHash: request.bodyHash, at: Date())
        for (name, value) in headers { outgoing.headers.add(name: name, value: value) }
        if request.body.readableBytes > 0 || request.method == "PUT" || request.method == "POST" {
            outgoing.body = .bytes(request.body)
        }
        return try await http.execute(
            outgoing, deadline: min(deadline, .now() + .seconds(Self.attemptSeconds)), logger: nil)
    }

    private func repeating<Result>(
        _ request: S3Request, _ attempt: (NIODeadline) async throws -> Result
    ) async throws -> Result {
        let deadline = NIODeadline.now() + .seconds(Self.questionSeconds)
        for pauseMS in Self.pausesMS + [0] {
            do {
                return try await attempt(deadline)
            } catch let error as BlobError {
                guard case .unavailable = error, pauseMS > 0, deadline > .now() else { throw error }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                guard pauseMS > 0, !Task.isCancelled, deadline > .now() else { throw BlobError.unavailable("\(error)") }
                logger.debug("S3 is asked again", metadata: ["method": "\(request.method)", "cause": "\(error)"])
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: pauseMS...pauseMS * 3 / 2)))
        }
        throw BlobError.unavailable("no attempt went well")
    }

    private static func check(_ answer: Answer, _ accepted: Set<Int>) throws {
        if (200..<300).contains(answer.status) || accepted.contains(answer.status) { return }
        switch answer.status {
        case 404: throw answer.code == "NoSuchBucket" ? BlobError.unavailable("NoSuchBucket") : .notFound
        case 408, 429, 500...599: throw BlobError.unavailable(answer.code)
        default: throw BlobError.refused(answer.code)
        }
    }
}
