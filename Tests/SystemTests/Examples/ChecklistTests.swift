import Contracts
import TestSupport
import Testing

extension RealStack.Shared {
    /// The testing checklist and the security features of the product's first phase, point by point.
    @Suite struct Checklist {
        @Test func `a token lives 24 hours, is verified, and a renewed one keeps the session`() async throws {
            let api = try await Running.person()
            let first = try ForgedToken(api.token).claims
            let issued = try #require(first["iat"]?.int)
            #expect(first["exp"]?.int == issued + 24 * 3600)
            #expect(first["aud"] == "voicera-api" && first["user_id"] == first["sub"] && first["role"] == "admin")
            #expect(first["permissions"]?.array?.contains("admin") == true)
            let renewed = try await api.send("POST", "/api/auth/refresh").expect(200)
            let second = try ForgedToken(try #require(renewed.json["token"].string)).claims
            #expect(second["sid"] == first["sid"] && second["sub"] == first["sub"] && second["jti"] != first["jti"])
        }

        @Test func `no password is kept or shown in plain text`() async throws {
            let running = try Running.current
            let secret = "plain-\(newUUID())"
            let email = "secret-\(newUUID())@example.com"
            let answer = try await running.api.post(
                "/api/auth/register", ["email": JSON(email), "password": JSON(secret)])
            #expect(!answer.text.contains(secret))
            let rows = try await running.stack.query(
                "SELECT count(*) FROM auth.people AS p WHERE p::text LIKE \("%\(secret)%")")
            #expect(try rows[0].decode(Int.self, at: 0) == 0)
            #expect(!running.stack.printed().contains(secret))
        }

        @Test func `a deletion is soft, and one person never sees another's`() async throws {
            let api = try await Running.person()
            let other = try await Running.person()
            let id = try await api.createClient(phone: Phones.next())
            #expect(try await other.get("/api/clients").json["total"] == 0)
            #expect(try await other.get("/api/clients/\(id)").status == 404)
            try await api.delete("/api/clients/\(id)").expect(200)
            let rows = try await Running.current.stack.query(
                "SELECT is_active FROM agents.clients WHERE id::text = \(id)")
            #expect(try rows[0].decode(Bool.self, at: 0) == false)
        }

        @Test func `calls are paged, and filtered by client and by date`() async throws {
            let api = try await Running.person()
            let one = try await api.createClient(name: "One", phone: Phones.next())
            let two = try await api.createClient(name: "Two", phone: Phones.next())
            let old = Timestamp.now().adding(seconds: -40 * 86_400).text
            for client in [one, one, two] { _ = try await api.logCall(clientID: client) }
            _ = try await api.logCall(clientID: two, ["created_at": JSON(old)])
            #expect(try await api.get("/api/calls").json["total"] == 3)
            #expect(try await api.get("/api/calls?days=60").json["total"] == 4)
            #expect(try await api.get("/api/calls?client_id=\(one)").json["total"] == 2)
            let page = try await api.get("/api/calls?limit=2&offset=2").json
            #expect(page["total"] == 3 && page["limit"] == 2 && page["offset"] == 2)
            #expect(page["calls"].array?.count == 1)
        }

        @Test func `the service says how it is, with and without a prefix`() async throws {
            let api = try Running.current.api
            for path in ["/api/health", "/health"] {
                let health = try await api.get(path).expect(200).json
                #expect(health["status"] == "ok" && health["service"] == "switchboard", "\(path)")
                #expect(health["version"].string?.isEmpty == false)
            }
            let readiness = try await api.get("/readiness").expect(200).json
            #expect(readiness == ["database": "ok", "storage": "ok", "cache": "ok"])
            #expect(try await api.get("/liveness").expect(200).json == ["status": "alive"])
        }
    }
}
