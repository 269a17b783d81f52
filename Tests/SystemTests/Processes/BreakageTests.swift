import Foundation
import TestSupport
import Testing

extension RealStack {
    /// Things that a stack needs are away and come back; nothing is started anew for it.
    @Suite(.serialized, .stack()) struct Breakage {
        /// - Returns: the answer and how long it took.
        private func timed(_ ask: () async throws -> APIAnswer) async throws -> (answer: APIAnswer, took: Duration) {
            let start = ContinuousClock.now
            let answer = try await ask()
            return (answer, ContinuousClock.now - start)
        }

        private func expectUnavailable(
            _ what: String, within limit: Duration = .seconds(1), _ ask: () async throws -> APIAnswer
        ) async throws {
            let (answer, took) = try await AnswerWatch.$allowsServerErrors.withValue(true) { try await timed(ask) }
            #expect(answer.status == 503, "\(what): \(answer.status) \(answer.text)")
            #expect(Int(answer.header("Retry-After") ?? "") ?? 0 >= 1, "\(what)")
            #expect(took < limit, "\(what) took \(took)")
        }

        private func eventuallyFine(_ what: String, _ ask: () async throws -> APIAnswer) async throws {
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                let took = try await eventually(within: .seconds(10), "\(what) works again") {
                    try await (200..<300).contains(ask().status)
                }
                print("\(what) worked again after \(took)")
            }
        }

        @Test func `without PostgreSQL everything is 503 within a second, and works again when it is back`()
            async throws
        {
            let running = try Running.current
            let scene = try await Scene.make(running.api)
            let pids = try await pids(running.stack)
            try await running.stack.killPostgres()
            let asks: [(String, @Sendable () async throws -> APIAnswer)] = [
                ("clients", { try await scene.api.get("/api/clients") }),
                ("a client", { try await scene.api.get("/api/clients/\(scene.clientID)") }),
                ("calls", { try await scene.api.get("/api/calls") }),
                ("export", { try await scene.api.get("/api/calls/export") }),
                (
                    "a new call",
                    { try await scene.api.post("/api/calls", ["client_id": JSON(scene.clientID)], key: "away") }
                ),
                (
                    "a new client",
                    { try await scene.api.post("/api/clients", ["name": "A", "phone_number": "+15550199"]) }
                ),
                ("dashboard", { try await scene.api.get("/api/analytics/dashboard") }),
                ("keys", { try await scene.api.get("/api/settings/api-keys") }),
                (
                    "login",
                    {
                        try await running.api.post(
                            "/api/auth/login", ["email": JSON(scene.email), "password": "correct horse"])
                    }
                ),
            ]
            // The first of each finds dead connections.
            for (what, ask) in asks { try await expectUnavailable("first \(what)", within: .seconds(2), ask) }
            for (what, ask) in asks { try await expectUnavailable(what, ask) }
            try await running.stack.startPostgres()
            for (what, ask) in asks where what != "a new client" { try await eventuallyFine(what, ask) }
            try await running.stack.awaitReady()
            #expect(try await self.pids(running.stack) == pids)
            // The call that was refused while the database was away exists once, by its key.
            let again = try await scene.api.post("/api/calls", ["client_id": JSON(scene.clientID)], key: "away").expect(
                201)
            #expect(again.header("Idempotent-Replayed") == "true")
            #expect(try await scene.api.get("/api/calls").json["total"] == 2)
        }

        private func pids(_ stack: Stack) async throws -> [pid_t?] {
            var pids: [pid_t?] = []
            for process in stack.processes { pids.append(await process.pid) }
            return pids
        }

        @Test(arguments: ["agents", "calls", "analytics"])
        func `without one service what needs it is 503, and the rest works`(service: String) async throws {
            let running = try Running.current
            let scene = try await Scene.make(running.api)
            let asks: [String: @Sendable () async throws -> APIAnswer] = [
                "agents": { try await scene.api.get("/api/clients") },
                "calls": { try await scene.api.get("/api/calls") },
                "analytics": { try await scene.api.get("/api/analytics/dashboard") },
            ]
            await running.stack[service].stop()
            for (owner, ask) in asks {
                if owner == service {
                    try await expectUnavailable("first \(owner)", within: .seconds(3), ask)
                    try await expectUnavailable(owner, ask)
                } else {
                    try await ask().expect(200)
                }
            }
            try await running.api.post(
                "/api/auth/login", ["email": JSON(scene.email), "password": "correct horse"]
            ).expect(200)
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                let readiness = try await running.api.get("/readiness")
                #expect(readiness.status == 503 && readiness.json["database"].string?.contains(service) == true)
                #expect(await HealthProbe.status("/readyz", port: running.stack["gateway"].healthPort) == 503)
                #expect(await HealthProbe.status("/livez", port: running.stack["gateway"].healthPort) == 200)
            }
            try await running.api.get("/api/health").expect(200)
            try await running.stack[service].start()
            let ask = try #require(asks[service])
            try await eventuallyFine(service, ask)
            try await running.stack.awaitReady()
        }

        @Test func `without auth nobody signs in, and soon nobody's token is trusted`() async throws {
            let running = try Running.current
            let scene = try await Scene.make(running.api)
            await running.stack["auth"].stop()
            try await scene.api.get("/api/clients").expect(200)
            try await expectUnavailable("login", within: .seconds(3)) {
                try await running.api.post(
                    "/api/auth/login", ["email": JSON(scene.email), "password": "correct horse"])
            }
            try await AnswerWatch.$allowsServerErrors.withValue(true) {
                try await eventually(
                    within: .seconds(8), "a token that may be revoked is not taken", every: .milliseconds(200)
                ) {
                    try await scene.api.get("/api/clients").status == 503
                }
            }
            try await running.stack["auth"].start()
            try await eventuallyFine("a token") { try await scene.api.get("/api/clients") }
            try await running.stack.awaitReady()
        }

        @Test func `a gateway that is told to stop finishes the request that it has, and exits with 0`() async throws {
            let running = try Running.current
            let person = try await Running.person()
            let body = #"{"name":"Last","phone_number":"\#(Phones.next())"}"#
            let head = [
                "POST /api/clients HTTP/1.1", "Host: localhost", "Authorization: Bearer \(try person.token)",
                "Content-Length: \(body.utf8.count)", "", "",
            ].joined(separator: "\r\n")
            async let replies = RawConnection.exchange(
                port: running.stack.port,
                [.init(head + body.prefix(10)), .init(String(body.dropFirst(10)), after: 0.8)])
            try await Task.sleep(for: .milliseconds(300))
            let end = await running.stack["gateway"].stop()
            #expect(end?.cause == .exited(code: 0))
            let answered = try await replies
            #expect(answered.answers.first?.status == 201, "\(answered.text)")
            try await running.stack["gateway"].start()
            try await running.stack.awaitReady()
            try await eventuallyFine("the gateway") { try await person.get("/api/clients") }
            #expect(try await person.get("/api/clients").json["total"] == 1)
        }
    }
}
