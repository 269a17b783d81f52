import TestSupport
import Testing

extension RealStack.Shared {
    /// A key makes a retry safe: its first answer comes again, and nothing is done twice.
    @Suite struct Idempotency {
        /// A POST that makes something, and how many of those there are.
        struct Making: Sendable, CustomTestStringConvertible {
            let path: String
            let body: @Sendable (_ clientID: String, _ turn: Int) -> JSON
            let count: @Sendable (APIClient) async throws -> Int?
            var testDescription: String { "POST \(path)" }
        }

        private static let makings: [Making] = [
            Making(path: "/api/calls", body: { ["client_id": JSON($0), "notes": JSON("turn \($1)")] }) {
                try await $0.get("/api/calls").json["total"].int
            },
            Making(path: "/api/clients", body: { ["name": JSON("turn \($1)"), "phone_number": "+1-555-0177"] }) {
                try await ($0.get("/api/clients").json["total"].int).map { $0 - 1 }
            },
            Making(path: "/api/settings/api-keys", body: { ["name": JSON("turn \($1)")] }) {
                try await $0.get("/api/settings/api-keys").json["total"].int
            },
        ]

        private static func isReplayed(_ answer: APIAnswer) -> Bool { answer.header("Idempotent-Replayed") == "true" }

        @Test(arguments: makings)
        func `the same key and body get the first answer again, another body 422`(making: Making) async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            let key = "key-\(newUUID())"
            let first = try await api.post(making.path, making.body(client, 1), key: key)
            #expect(first.status == 201 && !Self.isReplayed(first))
            for _ in 0..<3 {
                let again = try await api.post(making.path, making.body(client, 1), key: key)
                #expect(again.status == 201 && again.json == first.json && Self.isReplayed(again))
            }
            let other = try await api.post(making.path, making.body(client, 2), key: key)
            #expect(other.status == 422 && other.error == "This key or id was used with another body")
            #expect(try await making.count(api) == 1)
            let next = try await api.post(making.path, making.body(client, 1), key: "\(key)-2")
            // A second client with the same number is refused for that, not for its key.
            #expect(making.path == "/api/clients" ? next.status == 400 : next.status == 201)
        }

        @Test(arguments: makings)
        func `fifty at once with one key make one`(making: Making) async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            let key = "key-\(newUUID())"
            let answers = try await withThrowingTaskGroup(of: APIAnswer.self) { group in
                for _ in 0..<50 { group.addTask { try await api.post(making.path, making.body(client, 1), key: key) } }
                return try await group.reduce(into: [APIAnswer]()) { $0.append($1) }
            }
            let made = answers.filter { $0.status == 201 }
            #expect(made.count { !Self.isReplayed($0) } == 1)
            #expect(Set(made.map(\.text)).count == 1)
            for answer in answers where answer.status != 201 {
                #expect(answer.status == 409 && answer.header("Retry-After") != nil, "\(answer.text)")
            }
            #expect(try await making.count(api) == 1)
        }

        @Test(arguments: makings)
        func `a key belongs to workspace, credential and route`(making: Making) async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            let key = "key-\(newUUID())"
            try await api.post(making.path, making.body(client, 1), key: key).expect(201)
            let other = try await Running.person()
            let theirs = try await other.createClient(phone: Phones.next())
            let inOther = try await other.post(making.path, making.body(theirs, 2), key: key)
            #expect(inOther.status == 201 && !Self.isReplayed(inOther))
            let machine = try await other.withNewKey(scopes: ["admin"])
            let byMachine = try await machine.post(making.path, making.body(theirs, 3), key: key)
            #expect(!Self.isReplayed(byMachine) && byMachine.status != 422, "\(byMachine.text)")
            for another in Self.makings where another.path != making.path {
                let answer = try await api.post(another.path, another.body(client, 1), key: key)
                #expect(answer.status == 201 && !Self.isReplayed(answer), "\(another.path)")
            }
        }

        @Test(arguments: makings)
        func `a request that was refused does not use its key up`(making: Making) async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            let key = "key-\(newUUID())"
            #expect(try await api.post(making.path, [:], key: key).status == 400)
            let good = try await api.post(making.path, making.body(client, 1), key: key)
            #expect(good.status == 201 && !Self.isReplayed(good))
        }

        @Test(arguments: makings)
        func `a key has 1 to 255 visible characters`(making: Making) async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            for key in [String(repeating: "k", count: 256), "", "a b", "schlüssel", "a\tb"] {
                let answer = try await api.post(making.path, making.body(client, 1), key: key)
                #expect(answer.status == 400 && answer.error?.contains("Idempotency-Key") == true, "\(key)")
            }
            #expect(try await making.count(api) == 0)
            try await api.post(making.path, making.body(client, 1), key: String(repeating: "~", count: 255)).expect(201)
        }

        @Test func `a refreshed token comes again for the same key`() async throws {
            let api = try await Running.person()
            func refresh(_ key: String) async throws -> APIAnswer {
                try await api.send("POST", "/api/auth/refresh", headers: ["Idempotency-Key": key]).expect(200)
            }
            let first = try await refresh("refresh-1")
            let again = try await refresh("refresh-1")
            #expect(again.json == first.json && Self.isReplayed(again) && !Self.isReplayed(first))
            #expect(try await refresh("refresh-2").json["token"] != first.json["token"])
        }

        @Test func `a route without a credential ignores a key`() async throws {
            let api = try Running.current.api
            let body: JSON = ["email": JSON("\(newUUID())@example.com"), "password": "secret1"]
            let key = String(repeating: "x", count: 300)
            try await api.post("/api/auth/register", body, key: key).expect(201)
            let again = try await api.post("/api/auth/register", body, key: key)
            #expect(again.status == 400 && again.error == "Email already registered")
        }

        @Test func `an id of its own makes a call safe to send again`() async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            let id = newUUID()
            let body: JSON = ["id": JSON(id), "client_id": JSON(client), "notes": "first"]
            let first = try await api.post("/api/calls", body).expect(201)
            #expect(first.json["call"]["id"].string == id && !Self.isReplayed(first))
            let again = try await api.post("/api/calls", body).expect(201)
            #expect(again.json == first.json && Self.isReplayed(again))
            let upper = try await api.post(
                "/api/calls", ["id": JSON(id.uppercased()), "client_id": JSON(client), "notes": "first"])
            #expect(upper.json == first.json && Self.isReplayed(upper))
            let other = try await api.post(
                "/api/calls", ["id": JSON(id), "client_id": JSON(client), "notes": "second"])
            #expect(other.status == 422)
            for wrong: JSON in ["", "1", 1, ["a"], "00000000-0000-0000-0000-00000000000g"] {
                let answer = try await api.post("/api/calls", ["id": wrong, "client_id": JSON(client)])
                #expect(answer.status == 400 && answer.error?.contains("id") == true, "\(wrong): \(answer.text)")
            }
            #expect(try await api.get("/api/calls").json["total"] == 1)
            #expect(try await api.get("/api/calls/\(id)").json["call"]["notes"] == "first")
        }

        @Test func `a key is used up by one call, whatever ids others name`() async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            let body: JSON = ["id": JSON(newUUID()), "client_id": JSON(client)]
            let first = try await api.post("/api/calls", body, key: "one").expect(201)
            let again = try await api.post("/api/calls", body, key: "one").expect(201)
            #expect(again.json == first.json && Self.isReplayed(again))
            for other: JSON in [["id": JSON(newUUID()), "client_id": JSON(client)], ["client_id": JSON(client)]] {
                #expect(try await api.post("/api/calls", other, key: "one").status == 422)
            }
            #expect(try await api.get("/api/calls").json["total"] == 1)
        }

        @Test func `a batch is safe to send again`() async throws {
            let api = try await Running.person()
            let client = try await api.createClient(phone: Phones.next())
            let batch = JSON.array((0..<20).map { ["client_id": JSON(client), "notes": JSON("call \($0)")] })
            let first = try await api.post("/api/calls/batch", batch, key: "batch").expect(200)
            #expect(first.json["created"] == 20 && !Self.isReplayed(first))
            let again = try await api.post("/api/calls/batch", batch, key: "batch").expect(200)
            #expect(again.json["created"] == 0 && again.json["replayed"] == 20 && Self.isReplayed(again))
            for index in 0..<20 {
                #expect(again.json["results"][index]["id"] == first.json["results"][index]["id"])
            }
            let changed = JSON.array((batch.array ?? []).dropLast() + [["client_id": JSON(client), "notes": "other"]])
            let other = try await api.post("/api/calls/batch", changed, key: "batch").expect(200)
            #expect(other.json["replayed"] == 19 && other.json["refused"] == 1 && !Self.isReplayed(other))
            #expect(other.json["results"][19]["error"] == "This key or id was used with another body")
            #expect(try await api.get("/api/calls").json["total"] == 20)
        }
    }
}
