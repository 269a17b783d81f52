import Bus
import Contracts
import Foundation
import JWTKit
import Testing

@testable import auth

struct SignInTests {
    private func decoded<Value: Decodable>(_ type: Value.Type, _ part: Substring) throws -> Value {
        let base64 = part.replacing("-", with: "+").replacing("_", with: "/")
        let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
        return try JSONDecoder().decode(type, from: try #require(Data(base64Encoded: String(padded))))
    }

    private func claims(_ token: String) throws -> AccessClaims {
        try decoded(AccessClaims.self, token.split(separator: ".")[1])
    }

    @Test func `a registration makes an admin of a workspace of their own`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register(" Ann@Example.com ", name: "  Ann  ")
        #expect(signedIn.person.email == "ann@example.com")
        #expect(signedIn.person.name == "Ann" && signedIn.person.workspaceName == "Ann")
        #expect(signedIn.person.role == .admin && signedIn.person.createdAt == auth.clock.now)
        #expect(try await auth.me(signedIn.caller) == signedIn.person)
        #expect(await auth.store.audit.map(\.kind) == [.registered])
    }

    @Test(arguments: [nil, "", "  "]) func `a person without a name is called by their e-mail`(_ name: String?)
        async throws
    {
        let auth = try await AuthFixture()
        #expect(try await auth.register("Bob.B@example.com", name: name).person.name == "bob.b")
    }

    @Test func `a registration is checked in the order that is promised`() async throws {
        let auth = try await AuthFixture()
        _ = try await auth.register("ann@example.com")
        func code(_ email: String, _ password: String, name: String? = nil) async -> FaultCode? {
            await faultCode { _ = try await auth.register(email, password: password, name: name) }
        }
        #expect(await code("", "12345") == .emailRequired)
        #expect(await code("  ", "password123") == .emailRequired)
        #expect(await code("ann@example.com", "") == .emailRequired)
        #expect(await code("nonsense", "12345") == .passwordInvalid)
        #expect(await code("nonsense", "123456") == .emailInvalid)
        #expect(await code("ann@example.com", "12345") == .passwordInvalid)
        #expect(await code("ANN@example.com", "password123") == .emailTaken)
        #expect(await code("new@example.com", "password123", name: "a\u{0}b") == .inputInvalid)
        #expect(await code("new@example.com", "password123", name: String(repeating: "n", count: 201)) == .inputInvalid)
    }

    @Test func `of many registrations of one e-mail one succeeds`() async throws {
        let auth = try await AuthFixture()
        let codes = await withTaskGroup(of: FaultCode?.self) { group in
            for index in 0..<20 {
                let email = index.isMultiple(of: 2) ? "same@example.com" : "SAME@Example.com"
                group.addTask { await faultCode { _ = try await auth.register(email) } }
            }
            return await group.reduce(into: [FaultCode?]()) { $0.append($1) }
        }
        #expect(codes.filter { $0 == nil }.count == 1)
        #expect(codes.filter { $0 == .emailTaken }.count == 19)
    }

    @Test func `a sign-in begins another session`() async throws {
        let auth = try await AuthFixture()
        let first = try await auth.register("ann@example.com")
        let second = try await auth.logIn("ANN@example.COM ")
        #expect(second.person == first.person && second.sessionID != first.sessionID && second.token != first.token)
        #expect(await auth.store.audit.map(\.kind) == [.registered, .signedIn])
        #expect(await auth.store.audit.map(\.origin).allSatisfy { $0 == auth.origin })
    }

    @Test func `unknown e-mails and wrong passwords are told apart by nobody`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        for (email, password) in [
            ("ann@example.com", "password124"), ("nobody@example.com", "password123"), ("no e-mail", "password123"),
            ("a\u{0}b@example.com", "x"), ("ann@example.com", String(repeating: "p", count: 100_000)),
        ] {
            #expect(await faultCode { _ = try await auth.logIn(email, password: password) } == .credentialsInvalid)
        }
        #expect(await faultCode { _ = try await auth.logIn("", password: "x") } == .emailRequired)
        #expect(await faultCode { _ = try await auth.logIn("ann@example.com", password: "") } == .emailRequired)
        let failed = await auth.store.audit.filter { $0.kind == .signInFailed }
        #expect(failed.count == 5)
        #expect(failed.filter { $0.workspaceID == signedIn.person.workspaceID }.count == 2)
        #expect(failed.filter { $0.workspaceID == AuditEntry.nobody }.allSatisfy { $0.subject.isEmpty })
    }

    @Test func `an inactive account is named only to whoever knows its password`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        await auth.store.setActive(false, signedIn.person.id)
        #expect(await faultCode { _ = try await auth.logIn("ann@example.com") } == .accountInactive)
        #expect(
            await faultCode { _ = try await auth.logIn("ann@example.com", password: "wrong1") } == .credentialsInvalid)
        #expect(await auth.store.audit.map(\.kind) == [.registered, .signInRefused, .signInFailed])
        await auth.store.setActive(true, signedIn.person.id)
        await auth.store.close(signedIn.person.workspaceID)
        #expect(await faultCode { _ = try await auth.logIn("ann@example.com") } == .accountInactive)
    }

    @Test func `a token says who, where, what and until when`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let claims = try claims(signedIn.token)
        let iat = Int(auth.clock.now.microseconds / 1_000_000)
        #expect(claims.sub == signedIn.person.id.description && claims.userID == claims.sub)
        #expect(claims.email == "ann@example.com" && claims.role == .admin)
        #expect(claims.permissions == Scopes.named.map(\.name))
        #expect(claims.workspaceID == signedIn.person.workspaceID.description)
        #expect(claims.sid == signedIn.sessionID.description && claims.gen == 0 && claims.dialect == "voicera")
        #expect(claims.iat == iat && claims.exp == iat + 86_400 && claims.aud == "voicera-api")
        #expect(signedIn.expiresAt == Timestamp(microseconds: Int64(claims.exp) * 1_000_000))
        #expect(try self.claims(try await auth.logIn("ann@example.com").token).jti != claims.jti)
    }

    @Test func `a token is signed by HS256 with the secret`() async throws {
        struct Payload: JWTPayload {
            let sid: String
            func verify(using algorithm: some JWTAlgorithm) async throws {}
        }
        let auth = try await AuthFixture()
        let token = try await auth.register("ann@example.com").token
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: AuthFixture.secret), digestAlgorithm: .sha256)
        _ = try await keys.verify(token, as: Payload.self)
        let others = await JWTKeyCollection().add(
            hmac: "another secret of thirty-two bytes..", digestAlgorithm: .sha256)
        await #expect(throws: (any Error).self) { try await others.verify(token, as: Payload.self) }
        let header = try decoded([String: String].self, token.split(separator: ".")[0])
        #expect(header == ["alg": "HS256", "typ": "JWT"])
    }

    @Test func `an outdated hash is replaced at the next sign-in`() async throws {
        let auth = try await AuthFixture(cost: 5)
        let signedIn = try await auth.register("ann@example.com")
        let old = try await HashingThreads(cost: 4).hash("password123")
        await auth.store.setPassword(old, signedIn.person.id)
        _ = try await auth.logIn("ann@example.com")
        let hash = try #require(await auth.store.people[signedIn.person.id]?.password)
        #expect(hash != old && hash.cost == 5)
        _ = try await auth.logIn("ann@example.com")
        #expect(await auth.store.people[signedIn.person.id]?.password == hash)
    }

    @Test func `what a client says about itself is kept in bounds`() async throws {
        let auth = try await AuthFixture()
        let handler = RegisterHandler(
            accounts: auth.store, passwords: auth.passwords, rules: PasswordRules(), tokens: auth.tokens)
        let origin = ClientOrigin(
            address: String(repeating: "1", count: 100), userAgent: "a\u{0}b\n" + String(repeating: "x", count: 500))
        _ = try await handler.handle(
            Register(
                email: "ann@example.com", password: "password123", name: nil, workspaceName: nil, clientHint: "",
                origin: origin), from: .anonymous)
        let stored = try #require(await auth.store.audit.first?.origin)
        #expect(stored.address.count == 64 && stored.userAgent.count == 255 && stored.userAgent.hasPrefix("abxx"))
    }
}
