import Bus
import Contracts
import Hummingbird

/// A body that a route takes part by part, without ever holding all of it. One task at a time asks for the next part.
package final class BodyStream: @unchecked Sendable {
    /// A sender has the time for a whole body (`RequestLimits.bodyMS`) again after so many bytes: slower ones are cut.
    static let progressBytes = 65_536

    private let announced: BodyAnnouncement
    private let limit: Int
    private let connection: Connection
    private let expectsContinue: Bool
    private var iterator: RequestBody.AsyncIterator
    private var hasBegun = false
    private var isAtEnd = false
    private var sinceProgress = 0
    private var waitedNanoseconds: UInt64 = 0
    /// Bytes that have come.
    package private(set) var received = 0

    /// - Parameter limit: bytes; a larger body is refused before its first byte where its size is announced.
    init(of request: Request, announced: BodyAnnouncement, limit: Int, on connection: Connection) {
        self.announced = announced
        self.limit = limit
        self.connection = connection
        expectsContinue = request.headers.first(.expect)?.lowercased() == "100-continue"
        iterator = request.body.makeAsyncIterator()
    }

    /// All of it has come, so that the connection can go on with another request.
    var isFinished: Bool { isAtEnd }

    /// Nil at the end.
    /// - Throws: `.tooLarge`; `ConnectionCut`.
    package func next() async throws -> ByteBuffer? {
        try begin()
        guard !isAtEnd else { return nil }
        guard let part = try await nextPart() else {
            if let length = announced.length, received != length { throw ConnectionCut() }
            isAtEnd = true
            return nil
        }
        received += part.readableBytes
        guard received <= limit else { throw tooLarge }
        if received == announced.length { isAtEnd = true }
        return part
    }

    /// The first bytes, as many as were asked for or all there are.
    package func head(_ count: Int) async throws -> ByteBuffer {
        var head = ByteBuffer()
        while head.readableBytes < count, let part = try await next() { head.writeImmutableBuffer(part) }
        return head
    }

    private var tooLarge: Fault { Fault(.tooLarge, "The body may have at most \(limit) bytes") }

    private func begin() throws {
        guard !hasBegun else { return }
        hasBegun = true
        if announced.isEmpty { isAtEnd = true }
        if let length = announced.length, length > limit { throw tooLarge }
        if expectsContinue, !isAtEnd { connection.sendContinue() }
    }

    /// Counts the time that the sender needs, and not the time for which the handler is at work.
    private func nextPart() async throws -> ByteBuffer? {
        let start = monotonicNanoseconds()
        connection.enter(.readingBody, alreadyFor: waitedNanoseconds)
        defer { connection.enter(.working) }
        var current = iterator
        let part: ByteBuffer?
        do {
            part = try await current.next()
        } catch {
            throw ConnectionCut()
        }
        iterator = current
        sinceProgress += part?.readableBytes ?? 0
        waitedNanoseconds += monotonicNanoseconds() - start
        if sinceProgress >= Self.progressBytes { (sinceProgress, waitedNanoseconds) = (0, 0) }
        return part
    }
}
