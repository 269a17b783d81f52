import Foundation
import TestSupport
import Testing

extension RealStack {
    /// Limits per minute, small enough to be reached.
    @Suite(.serialized, .stack(StackKinds.smallLimits)) struct RateLimits {
        /// As if it came through the proxy from another address each time.
        private static func address() -> String {
            "203.\(Int.random(in: 0...255)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        }

        private func person(from address: String = address()) async throws -> APIClient {
            let running = try Running.current
            let answer = try await running.api.send(
                "POST", "/api/auth/register", json: ["email": JSON("\(newUUID())@example.com"), "password": "secret1"],
                headers: ["X-Forwarded-For": address]
            ).expect(201)
            return try running.api.with(.token(#require(answer.json["token"].string)))
        }

        private func number(_ answer: APIAnswer, _ name: String) -> Int {
            answer.header(name).flatMap { Int($0) } ?? -1
        }

        /// Asks until it is refused.
        private func drain(
            _ api: APIClient, _ method: String = "GET", path: String, json: JSON? = nil,
            headers: [String: String] = [:],
            atMost: Int = 100
        ) async throws -> (passed: Int, refusal: APIAnswer) {
            for passed in 0..<atMost {
                let answer =
                    if let json { try await api.send(method, path, json: json, headers: headers) } else {
                        try await api.send(method, path, headers: headers)
                    }
                if answer.status == 429 { return (passed, answer) }
            }
            throw APIFailure("never refused: \(path)")
        }

        @Test func `a person is told how many are left, and then to wait`() async throws {
            let api = try await person()
            let first = try await api.get("/api/clients").expect(200)
            #expect(number(first, "X-RateLimit-Limit") == 20 && number(first, "X-RateLimit-Remaining") == 19)
            let reset = number(first, "X-RateLimit-Reset") - Int(Date().timeIntervalSince1970)
            #expect((0...60).contains(reset))
            let second = try await api.get("/api/calls").expect(200)
            #expect(number(second, "X-RateLimit-Remaining") == 18)
            let (passed, refusal) = try await drain(api, path: "/api/auth/me")
            #expect((18...20).contains(passed))
            #expect(refusal.json == ["error": "Too many requests", "message": "Too many requests"])
            let wait = number(refusal, "Retry-After")
            #expect((1...4).contains(wait) && number(refusal, "X-RateLimit-Remaining") == 0)
            // Somebody else is not held up by it, from the same address.
            try await person().get("/api/clients").expect(200)
            try await Task.sleep(for: .seconds(Double(wait)))
            try await api.get("/api/auth/me").expect(200)
        }

        @Test func `an API key has a higher limit of its own`() async throws {
            let api = try await person()
            let key = try await api.withNewKey(scopes: ["read:calls"])
            let first = try await key.get("/api/calls").expect(200)
            #expect(number(first, "X-RateLimit-Limit") == 60 && number(first, "X-RateLimit-Remaining") == 59)
            let (passed, _) = try await drain(key, path: "/api/calls")
            #expect((58...64).contains(passed))
            try await api.get("/api/calls").expect(200)
        }

        @Test func `signing in is limited by address, whatever the account`() async throws {
            let api = try Running.current.api
            let address = Self.address()
            let (passed, refusal) = try await drain(
                api, "POST", path: "/api/auth/login", json: ["email": "a@example.com", "password": "wrong12"],
                headers: ["X-Forwarded-For": address])
            #expect((6...7).contains(passed) && (1...10).contains(number(refusal, "Retry-After")))
            for path in ["/api/auth/register", "/api/auth/login"] {
                let answer = try await api.send(
                    "POST", path, json: ["email": "b@example.com", "password": "1"],
                    headers: ["X-Forwarded-For": address])
                #expect(answer.status == 429, "\(path)")
            }
            let elsewhere = try await api.send(
                "POST", "/api/auth/login", json: ["email": "a@example.com", "password": "wrong12"],
                headers: ["X-Forwarded-For": Self.address()])
            #expect(elsewhere.status == 401)
        }

        @Test func `the address is the last one that no trusted proxy added`() async throws {
            let api = try Running.current.api
            let address = Self.address()
            // Whatever a client writes before its proxy adds the true address changes nothing.
            let (passed, _) = try await drain(
                api, "POST", path: "/api/auth/login", json: ["email": "a@example.com", "password": "wrong12"],
                headers: ["X-Forwarded-For": "\(Self.address()), \(address), 10.1.2.3"])
            #expect((6...7).contains(passed))
            for spoof in ["\(Self.address()), \(address)", "127.0.0.1, \(address)", "\(address), 10.9.9.9, 127.0.0.1"] {
                let answer = try await api.send(
                    "POST", "/api/auth/login", json: ["email": "a@example.com", "password": "wrong12"],
                    headers: ["X-Forwarded-For": spoof])
                #expect(answer.status == 429, "\(spoof)")
            }
        }

        @Test func `guessing credentials and paths is limited by address, and probes are not`() async throws {
            let api = try Running.current.api
            let headers = ["X-Forwarded-For": Self.address()]
            let (guesses, _) = try await drain(
                api.with(.token("a.b.c")), "GET", path: "/api/calls", headers: headers)
            #expect((20...22).contains(guesses))
            #expect(try await api.send("GET", "/api/nothing", headers: headers).status == 429)
            for _ in 0..<30 { try await api.send("GET", "/api/health", headers: headers).expect(200) }
            let probe = try await api.send("GET", "/api/health", headers: headers)
            #expect(number(probe, "X-RateLimit-Limit") == 0 && number(probe, "X-RateLimit-Remaining") == 0)
            #expect(number(probe, "X-RateLimit-Reset") == 0)
        }
    }

    /// Without trusted proxies the header of a client means nothing.
    @Suite(.serialized, .stack(StackKinds.noProxies)) struct NoProxies {
        @Test func `where ingest is open, a known client's call needs no credential, and nothing else is open`()
            async throws
        {
            let running = try Running.current
            let scene = try await Scene.make(running.api)
            let answer = try await running.api.post("/api/calls", ["client_id": JSON(scene.clientID), "notes": "open"])
            #expect(answer.status == 201)
            let id = try #require(answer.json["call"]["id"].string)
            #expect(try await scene.api.get("/api/calls/\(id)").expect(200).json["call"]["notes"] == "open")
            #expect(try await running.api.post("/api/calls", ["client_id": JSON(newUUID())]).status == 404)
            #expect(try await running.api.post("/api/calls", [:]).status == 400)
            // A credential that is sent must be good.
            let bad = running.api.with(.key("sb_nothing"))
            #expect(try await bad.post("/api/calls", ["client_id": JSON(scene.clientID)]).status == 401)
            for route in RouteCase.all where route.needs != .nothing && route.operation != "POST /api/calls" {
                #expect(try await route.send(running.api, id: scene.clientID).status == 401, "\(route)")
            }
        }

        @Test func `an address that a client writes itself does not count`() async throws {
            let api = try Running.current.api
            var statuses: [Int] = []
            for index in 0..<12 {
                statuses.append(
                    try await api.send(
                        "POST", "/api/auth/login", json: ["email": "a@example.com", "password": "wrong12"],
                        headers: ["X-Forwarded-For": "198.51.100.\(index)"]
                    ).status)
            }
            #expect(statuses.count { $0 == 401 } <= 6 && statuses.last == 429)
            // The limit that is off says zero.
            let plain = try await api.get("/api/clients")
            #expect(plain.header("X-RateLimit-Limit") == "0" && plain.header("X-RateLimit-Reset") == "0")
        }
    }
}
