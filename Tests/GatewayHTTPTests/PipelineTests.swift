import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import Testing

@Suite struct PipelineTests {
    @Test func `every answer has the common headers`() async throws {
        let harness = await Harness([.echo(.get, "x")])
        for path in ["/t/x", "/t/nothing", "/nothing", "/t/x?y=1"] {
            let answer = try await harness.send(.get, path)
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
            #expect(answer.header("X-Frame-Options") == "DENY")
            #expect(answer.header("Referrer-Policy") == "no-referrer")
            #expect(answer.header("Cache-Control") == "no-store")
            #expect(answer.header("Vary") == "Origin")
            #expect(answer.header("X-RateLimit-Limit") == "0")
            #expect(answer.header("X-RateLimit-Remaining") == "0")
            #expect(answer.header("X-RateLimit-Reset") == "0")
            #expect(answer.header("Server") == nil)
            #expect(answer.header("Date")?.hasSuffix("GMT") == true)
            #expect(answer.header("Strict-Transport-Security") == nil)
            #expect(try #require(answer.header("X-Request-Id")).count == 32)
        }
        let secure = await Harness([.echo(.get, "x")]) { $0.isSecure = true }
        #expect(try await secure.send(.get, "/t/x").header("Strict-Transport-Security") != nil)
    }

    @Test(arguments: [
        ("abcdefgh", true), ("A.b_c-123", true), (String(repeating: "a", count: 64), true), ("abcdefg", false),
        (String(repeating: "a", count: 65), false), ("abc defgh", false), ("abcdefgh\"", false), ("äbcdefgh", false),
    ])
    func `a well-formed request id is kept`(id: String, isKept: Bool) async throws {
        let harness = await Harness([.echo(.get, "x")])
        let answer = try await harness.send(.get, "/t/x", headers: ["X-Request-Id": id])
        #expect((answer.header("X-Request-Id") == id) == isKept)
    }

    @Test func `the trace goes on with a span of the gateway's own`() async throws {
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let seen = Seen<String>()
        let harness = await Harness([.echo(.get, "x") { _ in seen.put(AskContext.current?.traceparent) }])
        _ = try await harness.send(.get, "/t/x", headers: ["traceparent": given])
        let trace = try #require(seen.value)
        #expect(trace.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
        #expect(trace.hasSuffix("-01") && trace != given)
        for bad in [
            "", "00-0-0-01",
            given.replacingOccurrences(of: "4bf92f3577b34da6a3ce929d0e0e4736", with: String(repeating: "0", count: 32)),
            given.uppercased(), given + "-x",
        ] {
            _ = try await harness.send(.get, "/t/x", headers: ["traceparent": bad])
            #expect(seen.value?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736") == false)
            #expect(seen.value?.count == 55)
        }
    }

    @Test func `unknown paths and wrong methods are said in the words of the prefix`() async throws {
        let harness = await Harness([.echo(.get, "x"), .echo(.put, "x/{id}"), .echo(.delete, "x/{id}")])
        let lost = try await harness.send(.get, "/t/y")
        #expect(lost.status == 404 && lost.text == #"{"oops":"Not found"}"#)
        let elsewhere = try await harness.send(.get, "/tt")
        #expect(elsewhere.status == 404 && elsewhere.json["error_code"] == "ROUTE_001")
        let wrong = try await harness.send(.post, "/t/x/1")
        #expect(wrong.status == 405 && wrong.header("Allow") == "DELETE, OPTIONS, PUT")
        #expect(try await harness.send(.post, "/t/x").header("Allow") == "GET, HEAD, OPTIONS")
        #expect(try await harness.send(.get, "/t/x/").status == 200)
        #expect(try await harness.send(.get, "/t//x").status == 404)
        #expect(try await harness.send(.get, "/t/x/1/2").status == 404)
        #expect(try await harness.send(HTTPRequest.Method("BREW")!, "/t/x").status == 405)
    }

    @Test func `segments are decoded`() async throws {
        let harness = await Harness([.echo(.get, "x/{a}/y/{b}")])
        #expect(try await harness.send(.get, "/t/x/1%2F2/y/%C3%A4?z").json["segments"] == ["1/2", "ä"])
        #expect(try await harness.send(.get, "/t/x/%zz/y/2").json["segments"] == ["%zz", "2"])
    }

    @Test func `HEAD is GET without the body`() async throws {
        let harness = await Harness([.echo(.get, "x")])
        let whole = try await harness.send(.get, "/t/x")
        let head = try await harness.send(.head, "/t/x")
        #expect(head.status == 200 && head.text.isEmpty)
        #expect(head.header("Content-Length") == whole.header("Content-Length"))
    }

    @Test func `a handler's failures become answers`() async throws {
        struct Strange: Error {}
        let harness = await Harness([
            .echo(.get, "fault") { _ in throw Fault(.unavailable, retryAfterMS: 2500) },
            .echo(.get, "strange") { _ in throw Strange() },
            .echo(.get, "cancelled") { _ in throw CancellationError() },
            .echo(.get, "running") { _ in throw Fault(.stillRunning) },
        ])
        let fault = try await harness.send(.get, "/t/fault")
        #expect(fault.status == 503 && fault.header("Retry-After") == "3")
        let strange = try await harness.send(.get, "/t/strange")
        #expect(strange.status == 500 && strange.text == #"{"oops":"Internal server error"}"#)
        #expect(try await harness.send(.get, "/t/cancelled").status == 503)
        let running = try await harness.send(.get, "/t/running")
        #expect(running.status == 409 && running.header("Retry-After") == "1")
    }

    @Test func `a body over the limit is refused before it is read`() async throws {
        let harness = await Harness([.echo(.post, "x", reads: true)]) { $0.limits.bodyBytes = 100 }
        #expect(try await harness.send(.post, "/t/x", body: String(repeating: "a", count: 100)).status == 200)
        let refused = try await harness.send(.post, "/t/x", body: String(repeating: "a", count: 101))
        #expect(refused.status == 413)
        let chunked = Request(
            head: HTTPRequest(
                method: .post, scheme: nil, authority: nil, path: "/t/x", headerFields: [.transferEncoding: "chunked"]),
            body: RequestBody(buffer: ByteBuffer(repeating: 97, count: 101)))
        #expect(await harness.gateway.respond(to: chunked, on: Connection(peer: .loopback)).status.code == 413)
    }

    @Test func `a handler knows the deadline and the request's name`() async throws {
        let seen = Seen<AskContext>()
        let harness = await Harness([.echo(.get, "x") { _ in seen.put(AskContext.current) }])
        _ = try await harness.send(.get, "/t/x", headers: ["X-Request-Id": "request-1"])
        #expect(seen.value?.requestID == "request-1")
        #expect((9000...10_000).contains(seen.value?.deadline.remainingMS ?? 0))
    }

    @Test func `overload refuses statistics first, then reads, then ingestion`() async throws {
        let gate = Gate()
        var statistics = Route.echo(.get, "statistics")
        statistics.priority = .statistics
        var ingest = Route.echo(.post, "ingest")
        ingest.priority = .ingest
        let harness = await Harness([
            .echo(.get, "wait") { _ in await gate.wait() }, .echo(.get, "read"), statistics, ingest,
        ]) { $0.limits.inFlight = 10 }
        var waiting: [Task<Received, any Error>] = []
        func fill(to count: Int) async {
            while waiting.count < count {
                waiting.append(Task { try await harness.send(.get, "/t/wait") })
                await gate.waiters(waiting.count)
            }
        }
        await fill(to: 6)
        let refused = try await harness.send(.get, "/t/statistics")
        #expect(refused.status == 503 && refused.header("Retry-After") == "1")
        #expect(try await harness.send(.get, "/t/read").status == 200)
        await fill(to: 8)
        #expect(try await harness.send(.get, "/t/read").status == 503)
        #expect(try await harness.send(.post, "/t/ingest").status == 200)
        await gate.open()
        for task in waiting { #expect(try await task.value.status == 200) }
        #expect(try await harness.send(.get, "/t/statistics").status == 200)
    }

    @Test func `preflight allows listed pages and nobody else`() async throws {
        let harness = await Harness([.echo(.get, "x"), .echo(.post, "x")]) {
            $0.crossOrigin = CrossOrigin(["http://localhost:3000", "https://app.example.com/"])
        }
        let asked = ["Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"]
        let allowed = try await harness.send(.options, "/t/x", headers: asked)
        #expect(allowed.status == 204)
        #expect(allowed.header("Access-Control-Allow-Origin") == "https://app.example.com")
        #expect(allowed.header("Access-Control-Allow-Credentials") == "true")
        #expect(allowed.header("Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS, POST")
        #expect(allowed.header("Access-Control-Allow-Headers")?.contains("Idempotency-Key") == true)
        #expect(allowed.header("Vary") == "Origin")
        let stranger = try await harness.send(.options, "/t/x", headers: ["Origin": "https://evil.example.com"])
        #expect(stranger.header("Access-Control-Allow-Origin") == nil)
        #expect(stranger.header("Access-Control-Allow-Methods") == nil)
        let real = try await harness.send(.get, "/t/x", headers: ["Origin": "http://localhost:3000"])
        #expect(real.header("Access-Control-Allow-Origin") == "http://localhost:3000")
        #expect(real.header("Access-Control-Expose-Headers")?.contains("X-Request-Id") == true)
        #expect(try await harness.send(.options, "/t/nothing").status == 404)
        let all = await Harness([.echo(.get, "x")]) { $0.crossOrigin = CrossOrigin(["*"]) }
        let open = try await all.send(.get, "/t/x", headers: ["Origin": "https://any.example.com"])
        #expect(open.header("Access-Control-Allow-Origin") == "*")
        #expect(open.header("Access-Control-Allow-Credentials") == nil)
    }
}

/// A value that a handler leaves for its test.
final class Seen<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var seen: Value?

    var value: Value? { lock.withLock { seen } }

    func put(_ value: Value?) { lock.withLock { seen = value } }
}

/// Holds tasks until it is opened.
actor Gate {
    private var isOpen = false
    private var count = 0
    private var held: [CheckedContinuation<Void, Never>] = []

    func wait() async {
        count += 1
        if isOpen { return }
        await withCheckedContinuation { held.append($0) }
    }

    func waiters(_ expected: Int) async {
        while count < expected { await Task.yield() }
    }

    func open() {
        isOpen = true
        for continuation in held { continuation.resume() }
        held = []
    }
}
