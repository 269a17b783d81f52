import AsyncHTTPClient
import Foundation
import Logging
import NIOCore

/// Objects in one bucket of an S3 server, which is named in the path.
package struct S3BlobStore: BlobStore {
    /// What connections to a server have to be like: none is waited for, and nothing is followed.
    package static var connections: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(2), read: .seconds(60)))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.httpVersion = .http1Only
        return configuration
    }

    private let bucket: String
    private let connection: S3Connection

    /// - Parameters:
    ///   - bucket: 3–63 of `[a-z0-9.-]`.
    ///   - http: made with `connections`; whoever made it shuts it down.
    package init(account: S3Account, bucket: String, http: HTTPClient, logger: Logger) {
        self.bucket = bucket
        connection = S3Connection(account: account, http: http, logger: logger)
    }

    package func begin(_ key: BlobKey, type: String) async throws -> any BlobWriter {
        S3BlobWriter(connection: connection, object: request("", key), key: key, type: type)
    }

    package func read(_ key: BlobKey, range: Range<Int>?) async throws -> BlobReading {
        var question = request("GET", key)
        if let range {
            guard !range.isEmpty else {
                guard let facts = try await facts(of: key) else { throw BlobError.notFound }
                return BlobReading(size: facts.size) { nil }
            }
            question.headers["range"] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
        }
        let response = try await connection.open(question)
        guard let length = response.headers.first(name: "content-length").flatMap({ Int($0) }) else {
            throw BlobError.unavailable("an answer without its size")
        }
        // Not by the status: some servers say 200 with a piece, others give everything where all of it was asked for.
        let piece = response.headers.first(name: "content-range").flatMap(S3Text.piece)
        guard range ?? 0..<length == piece?.range ?? 0..<length else {
            throw BlobError.unavailable("another piece than was asked for")
        }
        let size = piece?.size ?? length
        let reader = S3Reader(response.body, left: length)
        return BlobReading(size: size) { try await reader.next() }
    }

    package func facts(of key: BlobKey) async throws -> BlobFacts? {
        let answer = try await connection.send(request("HEAD", key), also: [404])
        guard answer.status != 404 else { return nil }
        guard let size = answer.headers.first(name: "content-length").flatMap({ Int($0) }) else {
            throw BlobError.unavailable("an object without its size")
        }
        return BlobFacts(key: key, size: size, modifiedAt: Date())
    }

    package func delete(_ key: BlobKey) async throws {
        _ = try await connection.send(request("DELETE", key), also: [404])
    }

    package func page(after: BlobKey?, limit: Int) async throws -> [BlobFacts] {
        var question = request("GET")
        question.query = [("list-type", "2"), ("max-keys", String(limit))]
        if let after { question.query.append(("start-after", after.text)) }
        let answer = try await connection.send(question)
        return S3Text.all("Contents", in: answer.text[...]).compactMap { object in
            guard let key = S3Text.first("Key", in: object).flatMap(BlobKey.init),
                let size = S3Text.first("Size", in: object).flatMap({ Int($0) }),
                let modifiedAt = S3Text.first("LastModified", in: object).flatMap(S3Text.moment)
            else { return nil }
            return BlobFacts(key: key, size: size, modifiedAt: modifiedAt)
        }
    }

    package func removeUnfinished(before moment: Date) async throws -> Int {
        var question = request("GET")
        question.query = [("uploads", "")]
        // Some servers say 404 where no upload is under way.
        let answer = try await connection.send(question, also: [404])
        var count = 0
        for upload in S3Text.all("Upload", in: answer.text[...]) {
            guard let key = S3Text.first("Key", in: upload).flatMap(BlobKey.init),
                let id = S3Text.first("UploadId", in: upload),
                let begun = S3Text.first("Initiated", in: upload).flatMap(S3Text.moment), begun < moment
            else { continue }
            var abort = request("DELETE", key)
            abort.query = [("uploadId", id)]
            _ = try await connection.send(abort, also: [404])
            count += 1
        }
        return count
    }

    package func prepare() async throws {
        let answer = try await connection.send(request("HEAD"), also: [404])
        // Somebody else may have made it meanwhile.
        if answer.status == 404 { _ = try await connection.send(request("PUT"), also: [409]) }
    }

    package func check() async throws {
        _ = try await connection.send(request("HEAD"))
    }

    /// An address under which anybody may read the object, for 1 s to 7 days.
    package func temporaryURL(of key: BlobKey, seconds: Int) -> String {
        connection.temporaryURL(request("GET", key), seconds: seconds)
    }

    private func request(_ method: String, _ key: BlobKey? = nil) -> S3Request {
        let bucketPath = "\(connection.account.path)/\(bucket)"
        return S3Request(method: method, path: key.map { "\(bucketPath)/\($0.text)" } ?? bucketPath)
    }
}

/// The bytes of one answer. Only one reader asks, one question after the other.
private final class S3Reader: @unchecked Sendable {
    private var iterator: HTTPClientResponse.Body.AsyncIterator
    private var left: Int

    init(_ body: HTTPClientResponse.Body, left: Int) {
        iterator = body.makeAsyncIterator()
        self.left = left
    }

    func next() async throws -> ByteBuffer? {
        var current = iterator
        do {
            guard let part = try await current.next() else {
                guard left == 0 else { throw BlobError.unavailable("an object ended too early") }
                return nil
            }
            iterator = current
            left -= part.readableBytes
            return part
        } catch let error as BlobError {
            throw error
        } catch {
            throw BlobError.unavailable("\(error)")
        }
    }
}
