import Foundation
import TestSupport
import Testing

extension RealStack.Shared {
    /// Every route with every kind of credential.
    @Suite struct Credentials {
        private static let invalid: JSON = ["error": "Invalid or expired token", "message": "Invalid or expired token"]
        private static let missing: JSON = [
            "error": "Missing authorization header", "message": "Missing authorization header",
        ]

        private func text(_ answer: APIAnswer) -> String? { answer.json["message"].string }

        @Test func `a route that needs a credential lets nobody in without a good one`() async throws {
            let api = try Running.current.api
            let bad: [[String: String]] = [
                ["Authorization": "Bearer"], ["Authorization": "Bearer "], ["Authorization": "Basic dTpw"],
                ["Authorization": "Token abc"], ["Authorization": "Bearer a b"], ["Authorization": "abc.def.ghi"],
                ["X-API-Key": "sb_"], ["X-API-Key": "nothing"],
                ["X-API-Key": "sb_" + String(repeating: "a", count: 300)],
                ["Authorization": "Bearer x", "X-API-Key": "sb_x"],
            ]
            for route in RouteCase.all where route.needs != .nothing {
                let none = try await route.send(api, id: newUUID())
                #expect(none.status == 401 && text(none) == "Missing authorization header", "\(route)")
                for headers in bad {
                    let asked = route.ask(newUUID())
                    let answer = try await api.send(
                        route.method, asked.path, headers: headers, body: asked.body?.bytes)
                    #expect(answer.status == 401 && text(answer) == "Invalid or expired token", "\(route) \(headers)")
                }
            }
        }

        @Test func `a route without a credential does not look at one`() async throws {
            let api = try Running.current.api
            for route in RouteCase.all where route.needs == .nothing {
                let plain = try await route.send(api, id: newUUID())
                let bad = try await route.send(api.with(.token("x.y.z")), id: newUUID())
                #expect(plain.status == bad.status, "\(route)")
                #expect(text(plain) == text(bad), "\(route)")
            }
        }

        @Test func `no token that is wrong in any way is let in`() async throws {
            let running = try Running.current
            let person = try await Running.person()
            let mutants = try TokenMutant.all(of: person.token, secret: running.tokenSecret)
            #expect(mutants.count >= 60)
            // The same hands make good ones too, so that a mutant is refused for what it is.
            let again = try ForgedToken(person.token).signed(running.tokenSecret)
            try await person.with(.token(again)).get("/api/auth/me").expect(200)
            for mutant in mutants {
                for (method, path) in [
                    ("GET", "/api/auth/me"), ("GET", "/api/calls"), ("POST", "/api/auth/refresh"),
                    ("GET", "/settings/api-keys"),
                ] {
                    let answer = try await running.api.with(.token(mutant.token)).send(method, path)
                    #expect(answer.status == 401, "\(mutant.name): \(method) \(path)")
                    #expect(text(answer) == "Invalid or expired token", "\(mutant.name)")
                }
            }
        }

        @Test func `a token opens what its scopes say and nothing else`() async throws {
            let running = try Running.current
            let scene = try await Scene.make(running.api)
            let good = try ForgedToken(scene.api.token)
            let kinds: [[String]] = [
                [], ["read:agents"], ["read:calls"], ["write:calls"], ["write:agents", "delete:agents"],
                ["read:agents", "read:campaigns", "read:calls", "write:calls"], ["admin"], ["superuser"],
            ]
            for scopes in kinds {
                let token = good.with(claims: ["permissions": .array(scopes.map { JSON($0) }), "role": "user"])
                let api = running.api.with(.token(token.signed(running.tokenSecret)))
                try await expectScopes(scopes, api)
            }
        }

        @Test func `a key opens what its scopes say and nothing else`() async throws {
            let person = try await Running.person()
            for scope in ["read:agents", "write:agents", "delete:agents", "read:calls", "write:calls", "admin"] {
                try await expectScopes([scope], try await person.withNewKey(scopes: [scope]))
            }
        }

        private func expectScopes(_ scopes: [String], _ api: APIClient) async throws {
            for route in RouteCase.all where !route.endsSession {
                // A body that is refused by itself, and ids of nothing: only the door is looked at.
                let answer = try await route.send(api, id: newUUID())
                switch route.needs {
                case .nothing, .credential: break
                case .scope(let needed):
                    let isOpen = scopes.contains(needed) || scopes.contains("admin")
                    #expect((answer.status == 403) == !isOpen, "\(route) \(scopes): \(answer.status)")
                    if !isOpen { #expect(text(answer) == "Permission denied", "\(route)") }
                    #expect(answer.status != 401, "\(route) \(scopes)")
                }
            }
        }

        @Test func `a key that is deleted or has expired opens nothing`() async throws {
            let running = try Running.current
            let scene = try await Scene.make(running.api)
            let key = running.api.with(.key(scene.key))
            try await key.get("/api/calls").expect(200)
            try await scene.api.delete("/api/settings/api-keys/\(scene.keyID)").expect(200)
            try await eventually(within: .seconds(1), "the deleted key is refused") {
                try await key.get("/api/calls").status == 401
            }
            let made = try await scene.api.post(
                "/api/settings/api-keys", ["name": "short", "scopes": ["admin"], "expires_in_days": 1]
            ).expect(201)
            let id = try #require(made.json["id"].string)
            try await running.stack.query(
                "UPDATE auth.api_keys SET expires_at = now() + interval '1 second' WHERE id::text = \(id)")
            let expiring = running.api.with(.key(try #require(made.json["key"].string)))
            try await expiring.get("/api/calls").expect(200)
            try await Task.sleep(for: .seconds(1.1))
            for route in RouteCase.all where route.needs != .nothing {
                for dead in [key, expiring] {
                    let answer = try await route.send(dead, id: newUUID())
                    #expect(answer.status == 401 && text(answer) == "Invalid or expired token", "\(route)")
                }
            }
        }

        @Test func `a key is shown once, and its use is noted`() async throws {
            let running = try Running.current
            let person = try await Running.person()
            let made = try await person.post(
                "/api/settings/api-keys", ["name": " Front desk ", "scopes": ["read:calls"]]
            )
            .expect(201)
            let secret = try #require(made.json["key"].string)
            #expect(secret.hasPrefix("sb_") && secret.hasPrefix(made.json["prefix"].string ?? "-"))
            #expect(
                made.json["name"] == "Front desk" && made.json["expires_at"].isNull && made.json["last_used_at"].isNull)
            let list = try await person.get("/api/settings/api-keys").expect(200)
            #expect(!list.text.contains(secret) && list.json["total"] == 1)
            let stored = try await running.stack.query(
                "SELECT count(*) FROM auth.api_keys AS k WHERE k::text LIKE \("%\(secret.dropFirst(12))%")")
            #expect(try stored[0].decode(Int.self, at: 0) == 0)
            try await running.api.with(.key(secret)).get("/api/calls").expect(200)
            try await eventually(within: .seconds(8), "the use is noted", every: .milliseconds(200)) {
                try await !person.get("/api/settings/api-keys").json["api_keys"][0]["last_used_at"].isNull
            }
        }

        @Test func `nobody makes a key that may do more than they may`() async throws {
            let running = try Running.current
            let person = try await Running.person()
            let token = try ForgedToken(person.token).with(claims: ["permissions": ["read:calls"]])
            let limited = running.api.with(.token(token.signed(running.tokenSecret)))
            #expect(
                try await limited.post("/api/settings/api-keys", ["name": "More", "scopes": ["admin"]]).status == 403)
            for scopes: JSON in [["root"], [], ["admin", "x"], "admin", [1], ["ADMIN"]] {
                let answer = try await person.post("/api/settings/api-keys", ["name": "Bad", "scopes": scopes])
                #expect(answer.status == 400 && text(answer)?.contains("scopes") == true, "\(scopes)")
            }
            for days: JSON in [0, -1, 3651, 1.5, "7", true] {
                let answer = try await person.post("/api/settings/api-keys", ["name": "Bad", "expires_in_days": days])
                #expect(answer.status == 400 && text(answer)?.contains("expires_in_days") == true, "\(days)")
            }
            #expect(try await person.get("/api/settings/api-keys").json["total"] == 0)
        }
    }
}
