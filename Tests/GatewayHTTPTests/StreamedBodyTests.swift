import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import Testing

/// Bodies that a route takes part by part.
@Suite(.serialized) struct StreamedBodyTests {
    private static let counting: Route = {
        var route = Route(
            .put, "up", needs: .nothing, status: .ok, summary: "Count", answer: .media(type: "text/plain")
        ) { input in
            let head = try await input.stream?.head(4) ?? ByteBuffer()
            if String(buffer: head) == "stop" { throw Fault(.inputInvalid) }
            while try await input.stream?.next() != nil {}
            let count = input.stream?.received ?? -1
            return Answer(
                status: .ok, contentType: "text/plain", body: .init(byteBuffer: .init(string: "got \(count)")))
        }
        route.body = .streamed(types: ["audio/wav"])
        return route
    }()

    private func gateway(_ change: (inout RequestLimits) -> Void = { _ in }) async -> Gateway {
        var limits = RequestLimits()
        change(&limits)
        return await Harness([Self.counting, .echo(.get, "x")]) { $0.limits = limits }.gateway
    }

    @Test func `all of a body comes, and the connection goes on`() async throws {
        try await LiveServer.run(await gateway()) { server in
            let connection = try await server.open()
            for count in [0, 3, 300_000] {
                try await connection.send(
                    "PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n"
                        + String(repeating: "a", count: count))
                #expect(await connection.wait { $0.contains("got \(count)") })
            }
            try await connection.send(
                "PUT /t/up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n6\r\nfghijk\r\n0\r\n\r\n"
            )
            #expect(await connection.wait { $0.contains("got 11") })
            try await connection.send("GET /t/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await connection.wait { $0.contains("\"segments\"") })
            await connection.close()
        }
    }

    @Test func `more than is allowed is 413, announced or not`() async throws {
        try await LiveServer.run(await gateway { $0.uploadBytes = 1000 }) { server in
            let announced = try await server.open()
            try await announced.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
            #expect(await announced.wait { $0.contains("HTTP/1.1 413 ") })
            await announced.close()
            let chunked = try await server.open()
            try await chunked.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<11 { try await chunked.send("64\r\n\(String(repeating: "a", count: 100))\r\n") }
            #expect(await chunked.wait { $0.contains("HTTP/1.1 413 ") })
            await chunked.close()
        }
    }

    @Test func `a refusal in the middle of a body ends the connection`() async throws {
        try await LiveServer.run(await gateway()) { server in
            let connection = try await server.open()
            try await connection.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nstop")
            #expect(await connection.wait { $0.contains("HTTP/1.1 400 ") && $0.contains("Connection: close") })
            #expect(await connection.waitForClose())
        }
    }

    @Test func `a sender that stops or dribbles is cut, one that goes on may take longer`() async throws {
        try await LiveServer.run(await gateway { $0.bodyMS = 400 }) { server in
            let stopped = try await server.open()
            try await stopped.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabcd")
            let dribbling = try await server.open()
            try await dribbling.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabcd")
            let going = try await server.open()
            try await going.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1310720\r\n\r\n")
            for _ in 0..<20 {
                try? await dribbling.send("a")
                try await going.send(String(repeating: "a", count: 65_536))
                try await Task.sleep(for: .milliseconds(60))
            }
            #expect(await going.wait { $0.contains("got 1310720") })
            #expect(await stopped.wait { $0.contains("HTTP/1.1 408 ") })
            #expect(await dribbling.wait { $0.contains("HTTP/1.1 408 ") })
            await going.close()
        }
    }

    @Test func `what comes without being announced is counted, too`() async throws {
        var route = Self.counting
        route.needs = .credential
        route.rate = .uploads
        let harness = await Harness([route]) { $0.rates.uploadBytes = 1000 }
        let token = try await Harness.token()
        try await LiveServer.run(harness.gateway) { server in
            let connection = try await server.open()
            let head = "PUT /t/up HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
            try await connection.send(
                "\(head)Transfer-Encoding: chunked\r\n\r\n7d0\r\n\(String(repeating: "a", count: 2000))\r\n0\r\n\r\n")
            #expect(await connection.wait { $0.contains("got 2000") })
            try await connection.send("\(head)Content-Length: 1\r\n\r\na")
            #expect(await connection.wait { $0.contains("HTTP/1.1 429 ") })
            await connection.close()
        }
    }

    @Test func `only so many come at a time`() async throws {
        try await LiveServer.run(await gateway { $0.uploadsInFlight = 1 }) { server in
            let first = try await server.open()
            try await first.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcd")
            try await Task.sleep(for: .milliseconds(100))
            let second = try await server.open()
            try await second.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
            #expect(await second.wait { $0.contains("HTTP/1.1 503 ") && $0.contains("Retry-After") })
            try await first.send("e")
            #expect(await first.wait { $0.contains("got 5") })
            for connection in [first, second] { await connection.close() }
        }
    }
    @Test func `one sender gets a quarter of the places`() async throws {
        try await LiveServer.run(await gateway { $0.uploadsInFlight = 8 }) { server in
            let slow = [try await server.open(), try await server.open()]
            for connection in slow {
                try await connection.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcd")
            }
            try await Task.sleep(for: .milliseconds(100))
            let third = try await server.open()
            try await third.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
            #expect(await third.wait { $0.contains("HTTP/1.1 429 ") && $0.contains("Retry-After") })
            for connection in slow {
                try await connection.send("e")
                #expect(await connection.wait { $0.contains("got 5") })
            }
            let fourth = try await server.open()
            try await fourth.send("PUT /t/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
            #expect(await fourth.wait { $0.contains("got 1") })
            for connection in slow + [third, fourth] { await connection.close() }
        }
    }
}
