import Foundation
import TestSupport
import Testing

/// Logs calls all the time, each under a key and again until it is stored, and notes how that went.
actor CallStream {
    struct Attempt: Sendable {
        let start: ContinuousClock.Instant
        let seconds: Double
        /// Nil when no answer came.
        let status: Int?
    }

    private(set) var attempts: [Attempt] = []
    private(set) var stored: [String] = []
    private var isStopped = false

    private func note(_ attempt: Attempt) { attempts.append(attempt) }
    private func store(_ id: String) { stored.append(id) }

    /// Until `body` ends.
    static func during(
        _ api: APIClient, client: String, writers: Int = 8, _ body: @Sendable (CallStream) async throws -> Void
    ) async throws -> CallStream {
        let stream = CallStream()
        try await AnswerWatch.$allowsServerErrors.withValue(true) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<writers { group.addTask { try await stream.write(api, client, writer) } }
                try await body(stream)
                await stream.stop()
                try await group.waitForAll()
            }
        }
        return stream
    }

    private func stop() { isStopped = true }

    private func write(_ api: APIClient, _ client: String, _ writer: Int) async throws {
        var number = 0
        while !isStopped {
            number += 1
            let key = "stream-\(writer)-\(number)"
            for _ in 0..<40 {
                let start = ContinuousClock.now
                let answer = try? await api.post(
                    "/api/calls", ["client_id": JSON(client), "notes": JSON(key)], key: key)
                let took = (ContinuousClock.now - start) / .seconds(1)
                note(Attempt(start: start, seconds: took, status: answer?.status))
                if answer?.status == 201 {
                    store(answer?.json["call"]["id"].string ?? "")
                    break
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    var failures: Int { attempts.count { $0.status != 201 } }
}

extension RealStack {
    /// Several `calls` processes behind one gateway, which come, hang and die.
    @Suite(.serialized, .stack(StackKinds.threeCalls)) struct SeveralCalls {
        /// How many questions a process has answered.
        private func answered(_ name: String) async throws -> Double {
            let port = try Running.current.stack[name].healthPort
            let metrics = await HealthProbe.get("/metrics", port: port) ?? ""
            let line = metrics.split(separator: "\n").first { $0.hasPrefix("switchboard_bus_serving_answered_total") }
            return line.flatMap { Double($0.split(separator: " ").last ?? "") } ?? 0
        }

        private func expectWhole(_ stream: CallStream, _ api: APIClient) async throws {
            let stored = await stream.stored
            #expect(Set(stored).count == stored.count)
            #expect(try await api.get("/api/calls").json["total"].int == stored.count)
            try await eventually(within: .seconds(2), "all are counted") {
                try await api.get("/api/analytics/dashboard").json["total_calls"].int == stored.count
            }
        }

        private func place() async throws -> (api: APIClient, client: String) {
            let api = try await Running.person()
            return (api, try await api.createClient(phone: Phones.next()))
        }

        @Test func `all processes are used, and one that starts later within five seconds`() async throws {
            let running = try Running.current
            let (api, client) = try await place()
            await running.stack["calls-3"].stop()
            let stream = try await CallStream.during(api, client: client) { _ in
                try await Task.sleep(for: .milliseconds(500))
                let before = (try await answered("calls"), try await answered("calls-2"))
                try await running.stack["calls-3"].start()
                try await running.stack["calls-3"].awaitReady()
                let start = try await answered("calls-3")
                let took = try await eventually(within: .seconds(5), "the third process is used") {
                    try await answered("calls-3") > start + 10
                }
                print("a new process was used after \(took)")
                #expect(try await answered("calls") > before.0)
                #expect(try await answered("calls-2") > before.1)
            }
            #expect(await stream.failures == 0)
            try await expectWhole(stream, api)
        }

        @Test func `one that hangs is left alone within three seconds, and used again later`() async throws {
            let running = try Running.current
            let (api, client) = try await place()
            let stream = try await CallStream.during(api, client: client) { stream in
                try await Task.sleep(for: .milliseconds(500))
                let pausedAt = ContinuousClock.now
                await running.stack.pause("calls-2")
                try await Task.sleep(for: .seconds(5))
                let late = await stream.attempts.filter { $0.start > pausedAt + .seconds(3) }
                #expect(late.count > 20)
                #expect(late.allSatisfy { $0.status == 201 && $0.seconds < 1 })
                let worst = await stream.attempts.filter { $0.start > pausedAt - .seconds(1) }.map(\.seconds).max() ?? 0
                print("the longest wait was \(worst) s")
                #expect(worst < 3.5)
                await running.stack.resume("calls-2")
                let before = try await answered("calls-2")
                try await eventually(within: .seconds(5), "it is used again") {
                    try await answered("calls-2") > before + 10
                }
            }
            try await expectWhole(stream, api)
        }

        @Test func `one that is killed costs no more than what it had in hand`() async throws {
            let running = try Running.current
            let (api, client) = try await place()
            let stream = try await CallStream.during(api, client: client) { stream in
                try await Task.sleep(for: .milliseconds(500))
                await running.stack.kill("calls-2")
                try await Task.sleep(for: .seconds(2))
            }
            let failures = await stream.failures
            print("\(failures) attempts failed")
            #expect(failures <= 8)
            try await expectWhole(stream, api)
            try await running.stack["calls-2"].start()
            try await running.stack.awaitReady()
        }

        @Test func `one that is told to stop finishes its work, and nobody notices`() async throws {
            let running = try Running.current
            let (api, client) = try await place()
            let stream = try await CallStream.during(api, client: client) { _ in
                try await Task.sleep(for: .milliseconds(500))
                for _ in 0..<2 {
                    let end = await running.stack["calls-3"].stop()
                    #expect(end?.cause == .exited(code: 0))
                    try await running.stack["calls-3"].start()
                    try await running.stack["calls-3"].awaitReady()
                    try await Task.sleep(for: .milliseconds(300))
                }
            }
            let failed = await stream.attempts.filter { $0.status != 201 }
            #expect(failed.isEmpty, "\(failed.prefix(5))")
            try await expectWhole(stream, api)
        }
    }
}
