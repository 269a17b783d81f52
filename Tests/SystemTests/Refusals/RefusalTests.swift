import TestSupport
import Testing

/// A request that is refused, and how.
struct Refused: Sendable, CustomTestStringConvertible {
    let method: String
    let path: String
    let body: JSON?
    let status: Int
    let text: String

    init(_ method: String, _ path: String, _ body: JSON?, _ status: Int, _ text: String) {
        (self.method, self.path, self.body, self.status, self.text) = (method, path, body, status, text)
    }

    /// With status 400.
    init(_ method: String, _ path: String, _ body: JSON?, _ text: String) {
        self.init(method, path, body, 400, text)
    }

    var testDescription: String { "\(method) \(path) \(body.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "")" }

    func expect(_ api: APIClient, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let answer =
            if let body { try await api.send(method, path, json: body) } else { try await api.send(method, path) }
        #expect(answer.status == status, "\(testDescription): \(answer.text)", sourceLocation: sourceLocation)
        #expect(
            answer.json == ["error": JSON(text), "message": JSON(text)], "\(testDescription)",
            sourceLocation: sourceLocation)
    }
}

extension RealStack.Shared {
    /// Each refusal that the contract names, with its exact text and status.
    @Suite struct Refusals {
        private static let missing = "Email and password required"
        private static let short = "Password must be at least 6 characters"
        private static let format = "Invalid email format"
        private static let nobody = "00000000-0000-7000-8000-000000000000"

        @Test(arguments: ["/api/auth/register", "/api/auth/login"])
        func `e-mail and password are required`(path: String) async throws {
            let bodies: [JSON] = [
                [:], ["email": "a@example.com"], ["password": "secret1"], ["email": "", "password": "secret1"],
                ["email": "a@example.com", "password": ""], ["email": nil, "password": "secret1"],
                ["email": "a@example.com", "password": nil],
            ]
            for body in bodies {
                try await Refused("POST", path, body, Self.missing).expect(Running.current.api)
            }
        }

        @Test func `a registration is refused for a short password or a wrong e-mail`() async throws {
            let api = try Running.current.api
            for password in ["1", "12345", "päßwö"] {
                try await Refused(
                    "POST", "/api/auth/register", ["email": "a@example.com", "password": JSON(password)], Self.short
                ).expect(api)
            }
            for email in [
                "a", "a@", "@example.com", "a@b", "a b@example.com", "a@exa mple.com", "a@@example.com", "a@.com",
                "a@example.", "a@-example.com", "a\"@example.com", "a@exam\u{200B}ple.com",
                String(repeating: "a", count: 65) + "@example.com",
            ] {
                try await Refused(
                    "POST", "/api/auth/register", ["email": JSON(email), "password": "secret1"], Self.format
                ).expect(api)
            }
        }

        @Test func `an e-mail is one in any case and with spaces around it`() async throws {
            let api = try Running.current.api
            let email = "Case.\(newUUID())@Example.com"
            let first = try await api.post("/api/auth/register", ["email": JSON(email), "password": "secret1"])
                .expect(201)
            #expect(first.json["user"]["email"].string == email.lowercased())
            for copy in [email.uppercased(), email.lowercased(), "  \(email) "] {
                try await Refused(
                    "POST", "/api/auth/register", ["email": JSON(copy), "password": "secret2"],
                    "Email already registered"
                ).expect(api)
                let signedIn = try await api.post("/api/auth/login", ["email": JSON(copy), "password": "secret1"])
                    .expect(200)
                #expect(signedIn.json["user"]["id"] == first.json["user"]["id"])
            }
        }

        @Test func `one of many registrations at once gets an e-mail`() async throws {
            let api = try Running.current.api
            let email = "race-\(newUUID())@example.com"
            let statuses = try await withThrowingTaskGroup(of: APIAnswer.self) { group in
                for index in 0..<12 {
                    group.addTask {
                        let spelling = index % 2 == 0 ? email : email.uppercased()
                        return try await api.post(
                            "/api/auth/register", ["email": JSON(spelling), "password": "secret1"])
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1.status, default: 0] += 1 }
            }
            #expect(statuses == [201: 1, 400: 11])
        }

        @Test func `a wrong password and an unknown e-mail are answered alike`() async throws {
            let api = try Running.current.api
            let email = "known-\(newUUID())@example.com"
            _ = try await api.registered(email: email, password: "secret1")
            let text = "Invalid email or password"
            for body: JSON in [
                ["email": JSON(email), "password": "secret2"], ["email": JSON(email), "password": "Secret1"],
                ["email": JSON("un\(email)"), "password": "secret1"], ["email": "no e-mail", "password": "secret1"],
            ] { try await Refused("POST", "/api/auth/login", body, 401, text).expect(api) }
        }

        @Test func `an account that is switched off is told so, to whoever knows its password`() async throws {
            let running = try Running.current
            let email = "off-\(newUUID())@example.com"
            _ = try await running.api.registered(email: email, password: "secret1")
            try await running.stack.query("UPDATE auth.people SET is_active = false WHERE email = \(email)")
            try await Refused(
                "POST", "/api/auth/login", ["email": JSON(email), "password": "secret1"], 401, "Account is inactive"
            ).expect(running.api)
            try await Refused(
                "POST", "/api/auth/login", ["email": JSON(email), "password": "secret2"], 401,
                "Invalid email or password"
            ).expect(running.api)
        }

        @Test func `a client needs a name and a phone number of its own`() async throws {
            let api = try await Running.person()
            let text = "Name and phone number required"
            for body: JSON in [
                [:], ["name": "A"], ["phone_number": "+15550100"], ["name": "", "phone_number": "+15550100"],
                ["name": "A", "phone_number": "  "], ["name": "\u{a0}", "phone_number": "+15550100"],
                ["name": nil, "phone_number": nil],
            ] { try await Refused("POST", "/api/clients", body, text).expect(api) }
            let taken = "Phone number already in use"
            let first = try await api.createClient(name: "First", phone: "+1-555-0100")
            let second = try await api.createClient(name: "Second", phone: "+1-555-0101")
            for spelling in ["+1-555-0100", "+15550100", " +1 (555) 0100 ", "001.555.0100", "+1–555–0100"] {
                try await Refused(
                    "POST", "/api/clients", ["name": "B", "phone_number": JSON(spelling)], taken
                ).expect(api)
                try await Refused(
                    "PUT", "/api/clients/\(second)", ["phone_number": JSON(spelling)], taken
                ).expect(api)
            }
            // Its own number in another spelling is no other client's.
            let same = try await api.put("/api/clients/\(first)", ["phone_number": "001 555 0100"]).expect(200)
            #expect(same.json["client"]["phone_number"] == "001 555 0100")
            let other = try await Running.person()
            _ = try await other.createClient(phone: "+15550100")
        }

        @Test func `a call needs a client that is there`() async throws {
            let api = try await Running.person()
            for body: JSON in [[:], ["client_id": nil], ["client_id": ""], ["caller_name": "John"]] {
                try await Refused("POST", "/api/calls", body, "Client ID required").expect(api)
            }
            let text = "Client not found"
            for id: JSON in [JSON(Self.nobody), "not-a-uuid", 7, ["a": 1], [1], true, "' OR 1=1 --"] {
                try await Refused("POST", "/api/calls", ["client_id": id], 404, text).expect(api)
            }
        }

        @Test(arguments: ["not-a-uuid", "1", "%00", "..%2f..", "00000000-0000-7000-8000-00000000000", nobody])
        func `an id of nothing is not found, whatever it looks like`(id: String) async throws {
            let api = try await Running.person()
            for (path, text) in [("/api/clients", "Client not found"), ("/api/calls", "Call not found")] {
                try await Refused("GET", "\(path)/\(id)", nil, 404, text).expect(api)
            }
            try await Refused("PUT", "/api/clients/\(id)", ["name": "A"], 404, "Client not found").expect(api)
            try await Refused("DELETE", "/api/clients/\(id)", nil, 404, "Client not found").expect(api)
            try await Refused("GET", "/api/analytics/client/\(id)/stats", nil, 404, "Client not found").expect(api)
            try await Refused("DELETE", "/api/settings/api-keys/\(id)", nil, 404, "API key not found").expect(api)
        }

        @Test func `a request without a credential or with a bad one`() async throws {
            let api = try Running.current.api
            for path in ["/api/auth/me", "/api/clients", "/api/calls", "/api/analytics/dashboard"] {
                try await Refused("GET", path, nil, 401, "Missing authorization header").expect(api)
                try await Refused("GET", path, nil, 401, "Invalid or expired token").expect(
                    api.with(.token("no.token.x")))
                try await Refused("GET", path, nil, 401, "Invalid or expired token").expect(
                    api.with(.key("sb_nothing")))
            }
        }
    }
}
