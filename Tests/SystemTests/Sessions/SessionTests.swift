import TestSupport
import Testing

extension RealStack {
    /// Two gateways of one stack: what one is told, the other knows within a second.
    @Suite(.serialized, .stack(StackKinds.twoGateways)) struct TwoGateways {
        private var other: APIClient {
            get throws { try Running.current.api.at("http://127.0.0.1:\(StackKinds.otherPort)") }
        }

        private func awaitRefused(_ api: APIClient, _ path: String = "/api/calls") async throws {
            try await eventually(within: .seconds(1), "the other gateway refuses it") {
                let answer = try await api.get(path)
                return answer.status == 401 && answer.error == "Invalid or expired token"
            }
        }

        @Test func `a session that is ended on one gateway is over on the other within a second`() async throws {
            let email = "out-\(newUUID())@example.com"
            let here = try await Running.current.api.registered(email: email, password: "secret1")
            let there = try other.with(here.credential)
            let second = try await other.loggedIn(email: email, password: "secret1")
            try await there.get("/api/auth/me").expect(200)
            let renewed = try await here.send("POST", "/api/auth/refresh").expect(200)
            let sameSession = try there.with(.token(#require(renewed.json["token"].string)))
            try await sameSession.get("/api/auth/me").expect(200)
            let out = try await here.send("POST", "/api/auth/logout").expect(200)
            #expect(out.json == ["message": "Logged out"])
            try await awaitRefused(here)
            try await awaitRefused(there)
            // The session is over, whichever of its tokens is shown; another session of the same person is not.
            try await awaitRefused(sameSession)
            #expect(try await here.send("POST", "/api/auth/refresh").status == 401)
            try await second.get("/api/auth/me").expect(200)
            let again = try await other.loggedIn(email: email, password: "secret1")
            try await again.get("/api/auth/me").expect(200)
            try await again.at(here.baseURL).get("/api/auth/me").expect(200)
        }

        @Test func `a key that is deleted on one gateway is dead on the other within a second`() async throws {
            let person = try await Running.person()
            let made = try await person.post("/api/settings/api-keys", ["name": "k", "scopes": ["read:calls"]]).expect(
                201)
            let there = try other.with(.key(#require(made.json["key"].string)))
            try await there.get("/api/calls").expect(200)
            try await person.delete("/api/settings/api-keys/\(made.json["id"].string ?? "")").expect(200)
            try await awaitRefused(there)
            #expect(try await person.get("/api/settings/api-keys").json["total"] == 0)
        }

        @Test func `a renewed token keeps the session, and both are good to their end`() async throws {
            let here = try await Running.person()
            var tokens = [try here.token]
            for turn in 0..<4 {
                let api = turn % 2 == 0 ? here : try other.with(here.credential)
                let renewed = try await api.with(.token(tokens[turn])).send("POST", "/api/auth/refresh").expect(200)
                tokens.append(try #require(renewed.json["token"].string))
            }
            let claims = try tokens.map { try ForgedToken($0).claims }
            #expect(Set(claims.compactMap { $0["sid"]?.string }).count == 1)
            #expect(Set(claims.compactMap { $0["jti"]?.string }).count == tokens.count)
            for token in tokens { try await other.with(.token(token)).get("/api/auth/me").expect(200) }
        }

        @Test func `what is written through one gateway is read through the other at once`() async throws {
            let here = try await Running.person()
            let there = try other.with(here.credential)
            let client = try await here.createClient(phone: Phones.next())
            try await there.get("/api/clients/\(client)").expect(200)
            let call = try await there.logCall(clientID: client)
            try await here.get("/api/calls/\(call)").expect(200)
            // One key, two gateways, one call.
            let first = try await here.logCall(clientID: client, key: "both")
            #expect(try await there.logCall(clientID: client, key: "both") == first)
        }

        @Test func `a gateway that starts late knows what was revoked before`() async throws {
            let running = try Running.current
            let person = try await Running.person()
            let there = try other.with(person.credential)
            await running.stack["gateway-2"].stop()
            try await person.send("POST", "/api/auth/logout").expect(200)
            try await running.stack["gateway-2"].start()
            try await running.stack["gateway-2"].awaitReady()
            #expect(try await there.get("/api/auth/me").status == 401)
        }
    }
}
