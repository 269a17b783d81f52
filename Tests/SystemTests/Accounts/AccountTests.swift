import Foundation
import TestSupport
import Testing

extension RealStack {
    /// Accounts through two gateways: tokens that go on, mail, members.
    @Suite(.serialized, .stack(StackKinds.twoGateways)) struct Accounts {
        private var other: APIClient {
            get throws { try Running.current.api.at("http://127.0.0.1:\(StackKinds.otherPort)") }
        }

        private func awaitRefused(_ api: APIClient) async throws {
            try await eventually(within: .seconds(1), "both gateways refuse it") {
                let here = try await api.get("/auth/me").status
                let there = try await other.with(api.credential).get("/auth/me").status
                return here == 401 && there == 401
            }
        }

        @Test func `a refresh token that is used twice ends the session on every gateway`() async throws {
            let api = try Running.current.api
            let account = try await Account.make(api)
            let signedIn = try await account.logIn(api)
            let second = try await api.refreshed(signedIn.refreshToken)
            #expect(second.sessionID == nil && second.refreshToken != signedIn.refreshToken)
            // The first answer may have been lost: it is given again, by either gateway.
            let again = try await other.refreshed(signedIn.refreshToken)
            #expect(again.refreshToken == second.refreshToken && again.token == second.token)
            let person = api.with(.token(second.token))
            try await person.get("/auth/me").expect(200)
            let third = try await other.with(.token(second.refreshToken)).send("POST", "/voicera/auth/refresh-token")
                .expect(200)
            let stolen = try await api.send(
                "POST", "/auth/refresh-token", json: ["refresh_token": JSON(signedIn.refreshToken)])
            #expect(stolen.status == 401 && stolen.json["error"]["code"] == "AUTH_003")
            try await awaitRefused(person)
            for token in [third.json["refresh_token"].string ?? "", second.refreshToken] {
                let answer = try await api.send("POST", "/auth/refresh-token", json: ["refresh_token": JSON(token)])
                #expect(answer.status == 401)
            }
        }

        @Test func `an access token refreshes nothing, and a refresh token opens nothing`() async throws {
            let api = try Running.current.api
            let signedIn = try await Account.make(api).logIn(api)
            #expect(try await api.with(.token(signedIn.refreshToken)).get("/auth/me").status == 401)
            #expect(try await api.with(.token(signedIn.refreshToken)).send("POST", "/api/auth/refresh").status == 401)
            #expect(try await api.with(.token(signedIn.token)).send("POST", "/auth/refresh-token").status == 401)
            #expect(try await api.send("POST", "/auth/refresh-token").status == 401)
            // The session of the other surface goes on by its access token as before.
            try await api.with(.token(signedIn.token)).send("POST", "/api/auth/refresh").expect(200)
            let out = try await api.with(.token(signedIn.token)).send("POST", "/auth/logout").expect(200)
            #expect(out.json == ["success": true])
            try await awaitRefused(api.with(.token(signedIn.token)))
            let late = try await api.send(
                "POST", "/auth/refresh-token", json: ["refresh_token": JSON(signedIn.refreshToken)])
            #expect(late.status == 401)
        }

        @Test func `a forgotten password is set anew with the token of the mail`() async throws {
            let api = try Running.current.api
            let account = try await Account.make(api)
            let sessions = [try await account.logIn(api), try await account.logIn(try other)]
            let unknown = try await api.post(
                "/auth/forgot-password", ["email": JSON("nobody-\(newUUID())@example.com")])
            let known = try await api.post("/auth/forgot-password", ["email": JSON(account.email)])
            #expect(known.status == 200 && known.json == unknown.json && known.json["success"] == true)
            let token = try await Outbox.token(for: account.email, "sbp_")
            let short = try await api.post("/auth/reset-password", ["token": JSON(token), "new_password": "12345"])
            #expect(short.status == 422)
            try await api.post("/auth/reset-password", ["token": JSON(token), "new_password": "another one"]).expect(
                200)
            for session in sessions { try await awaitRefused(api.with(.token(session.token))) }
            #expect(try await account.tryLogIn(api).status == 401)
            let renewed = Account(email: account.email, password: "another one")
            try await api.with(.token(try await renewed.logIn(api).token)).get("/auth/me").expect(200)
            let again = try await api.post(
                "/voicera/auth/reset-password", ["token": JSON(token), "password": "third one"])
            #expect(again.status == 400 && again.json["error"]["code"] == "AUTH_005")
            for nobody in ["nonsense", "nobody@example.com"] {
                try await api.post("/auth/forgot-password", ["email": JSON(nobody)]).expect(200)
            }
        }

        @Test func `a mail outlives the process that stored it`() async throws {
            let running = try Running.current
            let account = try await Account.make(running.api)
            try await running.api.post("/auth/forgot-password", ["email": JSON(account.email)]).expect(200)
            await running.stack["auth"].send(SIGKILL)
            let token = try await Outbox.token(for: account.email, "sbp_", within: .seconds(60))
            try await eventually(within: .seconds(10), "auth answers again", every: .milliseconds(100)) {
                try await AnswerWatch.$allowsServerErrors.withValue(true) {
                    try await running.api.post(
                        "/auth/reset-password", ["token": JSON(token), "new_password": "another one"]
                    ).status == 200
                }
            }
        }

        @Test func `who is invited works with what was offered, and each change bites within a second`() async throws {
            let api = try Running.current.api
            let admin = api.with(.token(try await Account.make(api).logIn(api).token))
            let email = "invited-\(newUUID())@example.com"
            let invited = try await admin.post("/workspace/members", ["email": JSON(email), "name": "Jürgen"]).expect(
                201)
            #expect(invited.json["status"] == "invited" && invited.json["role"] == "user")
            let token = try await Outbox.token(for: email, "sbi_")
            let accepted = try await api.post(
                "/api/workspace/invitations/accept", ["token": JSON(token), "password": "password123"]
            ).expect(200)
            #expect(accepted.json["is_new"] == true && accepted.json["user"]["role"] == "user")
            let account = Account(email: email, password: "password123")
            let user = api.with(.token(try await account.logIn(api).token))
            try await user.get("/agents").expect(200)
            for (method, path) in [("POST", "/agents"), ("GET", "/workspace/members"), ("PATCH", "/workspace")] {
                #expect(try await user.send(method, path, json: ["name": JSON("x")]).status == 403, "\(method) \(path)")
            }
            let list = try await admin.get("/voicera/workspace/members").expect(200).json["members"]
            let member = try #require(list.array?.first { $0["email"].string == email })
            #expect(member["status"] == "active" && member["is_active"] == true && list.array?.count == 2)
            let path = "/workspace/members/\(member["id"].string ?? "")"
            try await admin.send("PATCH", path, json: ["role": "admin"]).expect(200)
            try await awaitRefused(user)
            let promoted = api.with(.token(try await account.logIn(api).token))
            try await promoted.get("/workspace/members").expect(200)
            try await promoted.send("PATCH", "/workspace", json: ["name": "Ours", "retention_days": 30]).expect(200)
            try await admin.send("PATCH", path, json: ["is_active": false]).expect(200)
            try await awaitRefused(promoted)
            #expect(try await account.tryLogIn(api).status == 401)
            try await admin.delete(path).expect(200)
            #expect(try await admin.delete(path).status == 404)
            let own = try await admin.get("/auth/me").json["id"].string ?? ""
            let last = try await admin.delete("/workspace/members/\(own)")
            #expect(last.status == 409 && last.json["error"]["code"] == "CONFLICT_001")
            try await admin.get("/auth/me").expect(200)
        }

        @Test func `a person ends sessions one by one and switches between workspaces`() async throws {
            let api = try Running.current.api
            let (ann, bob) = (try await Account.make(api), try await Account.make(api))
            let first = api.with(.token(try await bob.logIn(api).token))
            let second = api.with(.token(try await bob.logIn(api).token))
            let sessions = try await second.get("/auth/sessions").expect(200).json["sessions"].array ?? []
            #expect(sessions.map { $0["current"].bool } == [true, false])
            try await second.delete("/auth/sessions/\(sessions[1]["id"].string ?? "")").expect(200)
            try await awaitRefused(first)
            let admin = api.with(.token(try await ann.logIn(api).token))
            let workspace = try await admin.get("/workspace").expect(200).json
            let body: JSON = ["workspace_id": workspace["id"]]
            #expect(try await second.post("/auth/switch-workspace", body).status == 404)
            try await admin.post("/workspace/members", ["email": JSON(bob.email)]).expect(201)
            try await api.post(
                "/workspace/invitations/accept", ["token": JSON(try await Outbox.token(for: bob.email, "sbi_"))]
            ).expect(200)
            let there = try await second.post("/auth/switch-workspace", body).expect(200).json
            #expect(there["user"]["role"] == "user" && there["refresh_token"].string != nil)
            let moved = api.with(.token(there["token"].string ?? ""))
            #expect(try await moved.get("/workspace").json["id"] == workspace["id"])
            let me = api.with(.token(try await bob.logIn(api).token))
            #expect(try await me.get("/auth/me").json["workspace_id"] == workspace["id"])
        }
    }
}

/// Somebody who signs in at `/`.
struct Account: Sendable {
    struct Tokens: Sendable {
        let token: String
        let refreshToken: String
        var sessionID: String?
    }

    var email: String
    var password: String

    static func make(_ api: APIClient) async throws -> Account {
        let account = Account(email: "account-\(newUUID())@example.com", password: "SecurePass123!")
        try await api.post("/auth/register", ["email": JSON(account.email), "password": JSON(account.password)])
            .expect(201)
        return account
    }

    func tryLogIn(_ api: APIClient) async throws -> APIAnswer {
        try await api.post("/auth/login", ["email": JSON(email), "password": JSON(password)])
    }

    func logIn(_ api: APIClient) async throws -> Tokens {
        try Tokens(try await tryLogIn(api).expect(200).json)
    }
}

extension Account.Tokens {
    init(_ json: JSON) throws {
        guard let token = json["token"].string, let refreshToken = json["refresh_token"].string else {
            throw APIFailure("no tokens")
        }
        self.init(token: token, refreshToken: refreshToken, sessionID: json["session_id"].string)
    }
}

extension APIClient {
    func refreshed(_ refreshToken: String) async throws -> Account.Tokens {
        let answer = try await send("POST", "/auth/refresh-token", json: ["refresh_token": JSON(refreshToken)])
        return try Account.Tokens(try answer.expect(200).json)
    }
}

/// The mails of a stack without a mail server.
enum Outbox {
    /// The token with this mark in the newest mail to somebody.
    static func token(for email: String, _ mark: String, within patience: Duration = .seconds(5)) async throws -> String
    {
        let folder = try Running.current.stack.folder + "/data/outbox"
        var found: String?
        try await eventually(within: patience, "a mail to \(email)") {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let texts = names.filter { $0.hasSuffix(".eml") }.sorted().compactMap {
                try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
            }
            found = texts.last { $0.contains("To: <\(email)>") && $0.contains("\r\n\(mark)") }?
                .components(separatedBy: "\r\n").first { $0.hasPrefix(mark) }
            return found != nil
        }
        guard let found else { throw APIFailure("no mail to \(email)") }
        return found
    }
}
