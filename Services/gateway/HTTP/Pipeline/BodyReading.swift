import Bus
import Contracts
import Hummingbird

/// The connection ended in the middle of a body; nobody is there to be answered.
struct ConnectionCut: Error {}

/// What a request says of its body before it is read.
struct BodyAnnouncement: Sendable {
    /// Bytes; nil when it comes in chunks.
    let length: Int?
    let isChunked: Bool

    init(_ headers: HTTPFields) {
        length = headers.first(.contentLength).flatMap { Int($0) }
        isChunked = headers.first(.transferEncoding) != nil
    }

    var isEmpty: Bool { !isChunked && (length ?? 0) == 0 }

    /// Whether so little is coming that reading it over is cheaper than a new connection.
    var isShort: Bool { !isChunked && (length ?? 0) <= 65_536 }
}

/// Reads a whole body of at most `limit` bytes.
/// - Throws: `.tooLarge`; `ConnectionCut`.
func readBody(of request: Request, announced: BodyAnnouncement, limit: Int, on connection: Connection) async throws
    -> ByteBuffer
{
    guard !announced.isEmpty else { return ByteBuffer() }
    let tooLarge = Fault(.tooLarge, "The body may have at most \(limit) bytes")
    if let length = announced.length, length > limit { throw tooLarge }
    if request.headers.first(.expect)?.lowercased() == "100-continue" { connection.sendContinue() }
    connection.enter(.readingBody)
    defer { connection.enter(.working) }
    var body = ByteBuffer()
    do {
        for try await var part in request.body {
            guard body.readableBytes + part.readableBytes <= limit else { throw tooLarge }
            if body.readableBytes == 0 { body = part } else { body.writeBuffer(&part) }
            if body.readableBytes == announced.length { return body }
        }
    } catch let fault as Fault {
        throw fault
    } catch {
        throw ConnectionCut()
    }
    if let length = announced.length, body.readableBytes != length { throw ConnectionCut() }
    return body
}
