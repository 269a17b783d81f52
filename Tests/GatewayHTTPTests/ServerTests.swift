import Bus
import Contracts
import Foundation
import GatewayHTTP
import NIOCore
import Testing

@Suite(.serialized) struct ServerTests {
    func gateway(
        _ routes: [Route] = [.echo(.get, "x"), .echo(.post, "x", reads: true)],
        _ change: (inout RequestLimits) -> Void = { _ in }
    ) async -> Gateway {
        var limits = RequestLimits()
        change(&limits)
        return await Harness(routes) { $0.limits = limits }.gateway
    }

    @Test func `a connection serves many requests, pipelined ones too`() async throws {
        try await LiveServer.run(await gateway()) { server in
            let connection = try await server.open()
            for count in 1...3 {
                try await connection.send("GET /t/x HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await connection.wait { $0.components(separatedBy: "HTTP/1.1 200 OK").count == count + 1 })
            }
            try await connection.send(
                "POST /t/x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /t/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await connection.wait { $0.components(separatedBy: "HTTP/1.1 200 OK").count == 6 })
            #expect(connection.text.contains(#""body":"abc""#))
            await connection.close()
        }
    }

    @Test func `a header over the limit is 431`() async throws {
        try await LiveServer.run(await gateway()) { server in
            let connection = try await server.open()
            try await connection.send(
                "GET /t/x HTTP/1.1\r\nHost: a\r\nX-Long: \(String(repeating: "a", count: 17_000))\r\n\r\n")
            #expect(await connection.wait { $0.contains("HTTP/1.1 431 ") && $0.contains("The header is too large") })
            #expect(await connection.waitForClose())
        }
    }

    @Test(arguments: [
        "NONSENSE\r\n\r\n", "GET /t/x HTTP/9.9\r\n\r\n", "GET /t/x HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
    ])
    func `bytes that are no request are 400`(bytes: String) async throws {
        try await LiveServer.run(await gateway()) { server in
            let connection = try await server.open()
            try await connection.send(bytes)
            #expect(await connection.wait { $0.contains("HTTP/1.1 400 ") })
            #expect(await connection.waitForClose())
        }
    }

    @Test func `a method that HTTP does not know is not allowed anywhere`() async throws {
        try await LiveServer.run(await gateway()) { server in
            let connection = try await server.open()
            try await connection.send("BREW /t/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await connection.wait { $0.contains("HTTP/1.1 405 ") && $0.contains("Allow: DELETE, GET") })
            #expect(await connection.waitForClose())
        }
    }

    @Test func `a silent connection is closed`() async throws {
        try await LiveServer.run(await gateway { $0.idleMS = 300 }) { server in
            let connection = try await server.open()
            #expect(await connection.waitForClose())
            let used = try await server.open()
            try await used.send("GET /t/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await used.wait { $0.contains("200 OK") })
            #expect(await used.waitForClose())
        }
    }

    @Test func `a header that dribbles in is cut off with 408`() async throws {
        try await LiveServer.run(await gateway { $0.headerMS = 300 }) { server in
            let connection = try await server.open()
            for character in "GET /t/x HTTP/1.1\r\nHost: a\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            {
                guard connection.isOpen else { break }
                try? await connection.send(String(character))
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(await connection.wait { $0.contains("HTTP/1.1 408 ") })
            #expect(await connection.waitForClose())
        }
    }

    @Test func `a body that dribbles in is cut off and never reaches a handler`() async throws {
        let handled = Seen<Bool>()
        let routes = [Route.echo(.post, "x", reads: true) { _ in handled.put(true) }]
        try await LiveServer.run(await gateway(routes) { $0.bodyMS = 300 }) { server in
            let connection = try await server.open()
            try await connection.send("POST /t/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
            for _ in 0..<100 {
                guard connection.isOpen else { break }
                try? await connection.send("a")
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(await connection.wait { $0.contains("HTTP/1.1 408 ") })
            #expect(await connection.waitForClose())
        }
        #expect(handled.value == nil)
    }

    @Test func `a body cut short by its sender never reaches a handler`() async throws {
        let handled = Seen<Bool>()
        let routes = [Route.echo(.post, "x", reads: true) { _ in handled.put(true) }]
        try await LiveServer.run(await gateway(routes)) { server in
            for request in [
                "POST /t/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
                "POST /t/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            ] {
                let connection = try await server.open()
                try await connection.send(request)
                try await Task.sleep(for: .milliseconds(50))
                await connection.close()
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(handled.value == nil)
    }

    @Test func `a body too large is refused while it is still coming, and its connection ends`() async throws {
        try await LiveServer.run(await gateway { $0.bodyBytes = 1000 }) { server in
            let connection = try await server.open()
            try await connection.send("POST /t/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
            #expect(
                await connection.wait { $0.contains("HTTP/1.1 413 ") && $0.lowercased().contains("connection: close") })
            for _ in 0..<400 where connection.isOpen {
                try? await connection.send(ByteBuffer(repeating: 97, count: 10_000))
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(await connection.waitForClose())
        }
    }

    @Test func `a client that waits for it is told to send its body`() async throws {
        try await LiveServer.run(await gateway()) { server in
            let connection = try await server.open()
            try await connection.send(
                "POST /t/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            #expect(await connection.wait { $0.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n") })
            try await connection.send("abc")
            #expect(await connection.wait { $0.contains("200 OK") && $0.contains(#""body":"abc""#) })
            await connection.close()
        }
    }

    @Test(arguments: [
        "GET /t/x HTTP/1.0\r\n\r\n", "GET /t/x HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
        "GET /t/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /t/x HTTP/1.1\r\nHost: a\r\nConnection: TE, close\r\n\r\n",
    ])
    func `a connection ends with the answer where its sender expects that`(request: String) async throws {
        try await LiveServer.run(await gateway()) { server in
            let connection = try await server.open()
            try await connection.send(request)
            #expect(await connection.waitForClose())
            #expect(connection.text.contains("200 OK") && connection.text.lowercased().contains("connection: close"))
            #expect(connection.text.contains(#""who":"anonymous""#))
        }
    }

    @Test func `a request that is under way when the gateway stops is answered`() async throws {
        let gate = Gate()
        let answered = Seen<Bool>()
        let routes = [Route.echo(.get, "x") { _ in await gate.wait() }]
        let connection = Seen<RawConnection>()
        async let stopped: Void = LiveServer.run(await gateway(routes)) { server in
            let opened = try await server.open()
            connection.put(opened)
            try await opened.send("GET /t/x HTTP/1.1\r\nHost: a\r\n\r\n")
            await gate.waiters(1)
            Task {
                try await Task.sleep(for: .milliseconds(200))
                await gate.open()
            }
        }
        try await stopped
        answered.put(await connection.value?.wait { $0.contains("200 OK") })
        #expect(answered.value == true)
    }
}
