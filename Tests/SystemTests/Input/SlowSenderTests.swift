import TestSupport
import Testing

extension RealStack.Shared {
    /// Senders that keep a connection busy without ever finishing.
    @Suite struct SlowSenders {
        @Test func `a header and a body that are dribbled are cut`() async throws {
            let running = try Running.current
            let person = try await Running.person()
            let head = [
                "POST /api/clients HTTP/1.1", "Host: localhost", "Authorization: Bearer \(try person.token)",
                "Content-Length: 1000", "", "",
            ].joined(separator: "\r\n")
            let drops = (0..<38).map { _ in RawConnection.Piece("a", after: 1) }
            async let body = RawConnection.exchange(port: running.stack.port, [.init(head)] + drops, patience: 3)
            async let header = RawConnection.exchange(
                port: running.stack.port, [.init("GET /api/health HTTP/1.1\r\nX-Slow: ")] + drops.prefix(16),
                patience: 3)
            let (slowHeader, slowBody) = try await (header, body)
            #expect(slowHeader.answers.first?.status == 408 || slowHeader.isClosed)
            #expect((9...20).contains(slowHeader.seconds), "\(slowHeader.seconds)")
            #expect(slowBody.answers.first?.status == 408 || slowBody.isClosed)
            #expect((28...40).contains(slowBody.seconds), "\(slowBody.seconds)")
            #expect(try await person.get("/api/clients").expect(200).json["total"] == 0)
        }
    }
}
