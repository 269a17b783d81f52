import Crypto
import Foundation
import NIOCore

/// Sends a small object at once and a larger one in parts; only finishing makes either visible.
actor S3BlobWriter: BlobWriter {
    /// Bytes of a part. S3 takes no smaller ones than 5 MiB but the last, and one is held in memory.
    static let partBytes = 8 * 1024 * 1024

    private let connection: S3Connection
    /// Names the object; without a method.
    private let object: S3Request
    private let key: BlobKey
    private let type: String
    private var gathered = ByteBuffer()
    private var digest = SHA256()
    private var size = 0
    private var upload: String?
    private var tags: [String] = []
    private var isOver = false

    init(connection: S3Connection, object: S3Request, key: BlobKey, type: String) {
        self.connection = connection
        self.object = object
        self.key = key
        self.type = type
    }

    func write(_ part: ByteBuffer) async throws {
        part.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
        size += part.readableBytes
        var part = part
        while part.readableBytes > 0 {
            let room = Self.partBytes - gathered.readableBytes
            if var fitting = part.readSlice(length: min(room, part.readableBytes)) { gathered.writeBuffer(&fitting) }
            // A full part waits until something follows it: an object of just this size is no upload in parts.
            if gathered.readableBytes == Self.partBytes, part.readableBytes > 0 || upload != nil {
                try await sendPart()
            }
        }
    }

    func finish(expecting expected: [UInt8]?) async throws -> StoredBlob {
        let sha256 = Array(digest.finalize())
        if let expected, expected != sha256 {
            await abort()
            throw BlobError.mismatch
        }
        if upload == nil {
            try await putWhole()
        } else {
            if gathered.readableBytes > 0 { try await sendPart() }
            try await complete()
        }
        try await verify()
        isOver = true
        return StoredBlob(size: size, sha256: sha256)
    }

    /// On its own task, since the one that writes may be cancelled by now.
    func abort() async {
        guard !isOver, let upload else { return }
        isOver = true
        var question = asked("DELETE")
        question.query = [("uploadId", upload)]
        let (connection, abort) = (connection, question)
        await Task.detached { _ = try? await connection.send(abort, also: [404]) }.value
    }

    private func putWhole() async throws {
        var question = asked("PUT")
        question.headers["content-type"] = type
        question.body = gathered
        _ = try await connection.send(question)
    }

    private func sendPart() async throws {
        let id = try await begunUpload()
        var question = asked("PUT")
        question.query = [("partNumber", String(tags.count + 1)), ("uploadId", id)]
        question.body = gathered
        let answer = try await connection.send(question)
        guard let tag = answer.headers.first(name: "etag") else { throw BlobError.unavailable("a part without a tag") }
        tags.append(tag)
        question.body = ByteBuffer()
        gathered.clear()
    }

    private func begunUpload() async throws -> String {
        if let upload { return upload }
        var question = asked("POST")
        question.query = [("uploads", "")]
        question.headers["content-type"] = type
        let answer = try await connection.send(question)
        guard let id = S3Text.first("UploadId", in: answer.text[...]), !id.isEmpty else {
            throw BlobError.unavailable("an upload without an id")
        }
        upload = id
        return id
    }

    private func complete() async throws {
        guard let upload else { return }
        let parts = tags.enumerated().map { place, tag in
            "<Part><PartNumber>\(place + 1)</PartNumber><ETag>\(S3Text.escaped(tag))</ETag></Part>"
        }
        var question = asked("POST")
        question.query = [("uploadId", upload)]
        question.headers["content-type"] = "application/xml"
        question.body = ByteBuffer(
            string: "<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>")
        do {
            let answer = try await connection.send(question)
            // The server may find out after it has said 200.
            if answer.text.contains("<Error>") { throw BlobError.unavailable(answer.code) }
        } catch BlobError.notFound {
            // An attempt before may have gone well without its answer coming through: `verify` sees.
        }
    }

    /// The object is there with all its bytes.
    private func verify() async throws {
        let answer = try await connection.send(asked("HEAD"), also: [404])
        guard answer.status != 404, answer.headers.first(name: "content-length").flatMap({ Int($0) }) == size else {
            throw BlobError.unavailable("an object is not there after it was stored")
        }
    }

    private func asked(_ method: String) -> S3Request {
        var question = object
        question.method = method
        return question
    }
}
