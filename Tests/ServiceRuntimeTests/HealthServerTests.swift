import Foundation
import Logging
import Metrics
import NIOPosix
import Testing

@testable import ServiceRuntime

extension HealthServer.Limits {
    /// Waits long for the checks, since a busy machine runs the tests' tasks late.
    fileprivate static var patient: HealthServer.Limits {
        var limits = HealthServer.Limits()
        limits.readiness = .seconds(30)
        return limits
    }
}

struct HealthServerTests {
    let checks = ReadinessChecks()
    let registry = PrometheusRegistry()

    /// Runs the body against a server on a free port.
    private func withServer(
        _ limits: HealthServer.Limits = .patient, _ body: (Int) async throws -> Void
    ) async throws {
        let server = HealthServer(
            host: "127.0.0.1", port: 0, checks: checks, registry: registry,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), limits: limits)
        let port = try await server.start()
        do {
            try await body(port)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func `a living process says so`() async throws {
        try await withServer { port in
            let answer = try await RawHTTP.get("/livez", port: port)
            #expect(answer == RawHTTP.Answer("200", "ok\n"))
        }
    }

    @Test func `a process without checks is ready until it stops`() async throws {
        try await withServer { port in
            let before = try await RawHTTP.get("/readyz", port: port)
            #expect(before == RawHTTP.Answer("200", "{\"process\":\"ok\"}\n"))
            checks.markStopping()
            let after = try await RawHTTP.get("/readyz", port: port)
            #expect(after == RawHTTP.Answer("503", "{\"process\":\"stopping\"}\n"))
        }
    }

    @Test func `each check answers under its name`() async throws {
        checks.register("database") { .ready }
        checks.register("bus") { .notReady("no \"peer\"") }
        try await withServer { port in
            let answer = try await RawHTTP.get("/readyz?x=y", port: port)
            #expect(answer == RawHTTP.Answer("503", #"{"bus":"no \"peer\"","database":"ok","process":"ok"}"# + "\n"))
        }
    }

    @Test func `checks that hang are cut off together and started once`() async throws {
        let starts = Counted()
        for name in ["a", "b", "c"] {
            checks.register(name, deadline: .milliseconds(200)) {
                starts.increment()
                try? await Task.sleep(for: .seconds(60))
                return .ready
            }
        }
        try await withServer { port in
            async let first = RawHTTP.get("/readyz", port: port)
            async let second = RawHTTP.get("/readyz", port: port)
            let answers = try await [first, second]
            #expect(answers.allSatisfy { $0.status == "503" && $0.body.contains("no answer for") })
            #expect(starts.count == 3)
        }
    }

    @Test func `checks run at the same time`() async {
        let starts = Counted()
        for name in ["a", "b", "c"] {
            checks.register(name, deadline: .milliseconds(900)) {
                starts.increment()
                while starts.count < 3, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
                return .ready
            }
        }
        let report = await checks.evaluate()
        #expect(starts.count == 3)
        #expect(report.results.count == 4)
    }

    @Test func `the answer comes in time even when the checks do not`() async throws {
        checks.register("a", deadline: .seconds(60)) {
            try? await Task.sleep(for: .seconds(60))
            return .ready
        }
        var limits = HealthServer.Limits()
        limits.readiness = .milliseconds(50)
        try await withServer(limits) { port in
            let answer = try await RawHTTP.get("/readyz", port: port)
            #expect(answer == RawHTTP.Answer("503", "{\"process\":\"no answer from the checks\"}\n"))
        }
    }

    @Test func `metrics are served in Prometheus' format`() async throws {
        Counter(label: "hits", factory: registry).increment()
        try await withServer { port in
            let answer = try await RawHTTP.exchange(
                "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
            #expect(answer.lowercased().contains("content-type: text/plain; version=0.0.4"))
            #expect(answer.contains("\nhits_total 1\n"))
        }
    }

    @Test(arguments: [
        ("GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        ("DELETE /livez HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
        ("POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "413"),
        ("GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "413"),
        ("nonsense\r\n\r\n", "400"),
    ])
    func `another request is refused and its connection ends`(request: String, status: String) async throws {
        try await withServer { port in
            let answer = try await RawHTTP.exchange(request, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test func `HEAD has no body, and requests of one connection are answered in order`() async throws {
        try await withServer { port in
            let answer = try await RawHTTP.exchange(
                "HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
            #expect(answer.components(separatedBy: "HTTP/1.1 200").count == 4)
            #expect(answer.components(separatedBy: "\r\n\r\nok\n").count == 2)
            #expect(answer.hasSuffix("ok\n"))
        }
    }

    @Test func `a header that is too long ends the connection`() async throws {
        try await withServer { port in
            let long = String(repeating: "a", count: 20000)
            let answer = try await RawHTTP.exchange("GET /livez HTTP/1.1\r\nX: \(long)\r\n\r\n", port: port)
            #expect(!answer.contains("200"))
        }
    }

    @Test func `a connection that sends nothing, or drop by drop, is ended`() async throws {
        var limits = HealthServer.Limits()
        limits.exchange = .milliseconds(200)
        try await withServer(limits) { port in
            let start = ContinuousClock.now
            let answer = try await RawHTTP.exchange("GET /livez HTT", port: port)
            #expect(answer.isEmpty)
            #expect(ContinuousClock.now - start < .seconds(4))
        }
    }

    @Test func `more connections than allowed are closed at once`() async throws {
        var limits = HealthServer.Limits()
        limits.connections = 2
        try await withServer(limits) { port in
            let held = try await NIOThreadPool.singleton.runIfActive {
                (0..<2).map { _ in RawHTTP.connected(port: port) }
            }
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await RawHTTP.get("/livez", port: port).status == "none")
            for descriptor in held { close(descriptor) }
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await RawHTTP.get("/livez", port: port).status == "200")
        }
    }

    @Test func `a port that is taken stops the start with a sentence`() async throws {
        try await withServer { port in
            let second = HealthServer(
                host: "127.0.0.1", port: port, checks: checks, registry: registry,
                group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
            let error = await #expect(throws: StartFailure.self) { try await second.start() }
            #expect(error?.description.hasPrefix("The health server cannot listen on 127.0.0.1 port \(port)") == true)
        }
    }

    @Test func `a process is not ready before it has started`() async {
        let checks = ReadinessChecks(isStarted: false)
        #expect(await checks.evaluate().json == "{\"process\":\"starting\"}\n")
        checks.markStarted()
        #expect(await checks.evaluate().isReady)
    }

    @Test func `a check of the same name is replaced`() async {
        checks.register("a") { .notReady("old") }
        checks.register("a") { .ready }
        let report = await checks.evaluate()
        #expect(report.isReady)
        #expect(report.results.count == 2)
    }
}
