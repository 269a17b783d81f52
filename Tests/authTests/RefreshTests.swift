import Bus
import Contracts
import Foundation
import Testing

@testable import auth

struct RefreshTests {
    @Test func `a refresh token is good once and gives both tokens anew, in the same session`() async throws {
        let auth = try await AuthFixture()
        _ = try await auth.register("ann@example.com")
        let signedIn = try await auth.logIn("ann@example.com")
        auth.clock.advance(seconds: 3600)
        let next = try await auth.redeem(signedIn.refreshToken)
        #expect(next.sessionID == signedIn.sessionID && next.person == signedIn.person)
        #expect(next.token != signedIn.token && next.refreshToken != signedIn.refreshToken)
        #expect(next.tokenSeconds == 86_400)
        let third = try await auth.redeem(next.refreshToken)
        #expect(third.refreshToken != next.refreshToken)
        _ = try await auth.renew(signedIn.caller)
    }

    @Test func `a lost answer can be asked for again for ten seconds`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let first = try await auth.redeem(signedIn.refreshToken)
        for _ in 0..<3 { #expect(try await auth.redeem(signedIn.refreshToken) == first) }
        auth.clock.advance(seconds: 10)
        #expect(try await auth.redeem(signedIn.refreshToken) == first)
        #expect(auth.announced.all.isEmpty)
        auth.clock.advance(seconds: 1)
        #expect(await faultCode { _ = try await auth.redeem(signedIn.refreshToken) } == .tokenInvalid)
        #expect(await faultCode { _ = try await auth.redeem(first.refreshToken) } == .tokenInvalid)
        #expect(auth.announced.all == [signedIn.person.workspaceID])
    }

    @Test func `a spent token whose successor was used ends the session at once`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let other = try await auth.logIn("ann@example.com")
        let second = try await auth.redeem(signedIn.refreshToken)
        let third = try await auth.redeem(second.refreshToken)
        #expect(await faultCode { _ = try await auth.redeem(signedIn.refreshToken) } == .tokenInvalid)
        for token in [second.refreshToken, third.refreshToken] {
            #expect(await faultCode { _ = try await auth.redeem(token) } == .tokenInvalid)
        }
        #expect(await faultCode { _ = try await auth.renew(signedIn.caller) } == .tokenInvalid)
        // It is logged once, and another session of the same person goes on.
        let logged = await auth.store.logged.map(\.event)
        #expect(logged.map(\.sessionID) == [signedIn.sessionID])
        #expect(await auth.store.audit.last?.kind == .refreshTokenReused)
        _ = try await auth.redeem(other.refreshToken)
    }

    @Test func `a session ends for its refresh token as for its access token`() async throws {
        let auth = try await AuthFixture()
        let ended = try await auth.register("ann@example.com")
        try await auth.logOut(ended.caller)
        #expect(await faultCode { _ = try await auth.redeem(ended.refreshToken) } == .tokenInvalid)
        let raised = try await auth.logIn("ann@example.com")
        _ = try await auth.raiseGeneration(raised.person, because: .roleChanged)
        #expect(await faultCode { _ = try await auth.redeem(raised.refreshToken) } == .tokenInvalid)
        let old = try await auth.logIn("ann@example.com")
        auth.clock.advance(seconds: 30 * 86_400 - 60)
        let last = try await auth.redeem(old.refreshToken)
        #expect(last.tokenSeconds == 60)
        auth.clock.advance(seconds: 60)
        #expect(await faultCode { _ = try await auth.redeem(last.refreshToken) } == .tokenInvalid)
    }

    @Test func `nothing but a refresh token refreshes`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let token = try #require(signedIn.refreshToken)
        let wrong = [
            "", "sbr_", signedIn.token, String(token.dropLast()), token + "0", token.uppercased(),
            OpaqueToken(for: .refresh).text, OpaqueToken(for: .passwordReset).text,
            "sbp_" + token.dropFirst(4), String(token.dropLast(3)) + "000",
        ]
        for text in wrong {
            #expect(await faultCode { _ = try await auth.redeem(text) } == .tokenInvalid, "\(text)")
        }
        _ = try await auth.redeem(token)
        #expect(await auth.store.logged.isEmpty)
    }

    @Test(arguments: OpaqueToken.Purpose.allCases)
    func `an opaque token is read back for its own purpose alone`(purpose: OpaqueToken.Purpose) {
        let token = OpaqueToken(for: purpose)
        #expect(OpaqueToken(token.text, for: purpose) == token && token.matches(token.hash))
        for other in OpaqueToken.Purpose.allCases where other != purpose {
            #expect(OpaqueToken(token.text, for: other) == nil)
        }
        #expect(!token.matches(OpaqueToken(for: purpose, id: token.id).hash) && !token.matches([]))
    }

    @Test func `an account can be opened without a session, with names of its own`() async throws {
        let auth = try await AuthFixture()
        let handler = RegisterHandler(
            accounts: auth.store, passwords: auth.passwords, rules: PasswordRules(), tokens: auth.tokens,
            now: auth.now)
        let person = try await handler.open(
            OpenAccount(
                Register(
                    email: "john@example.com", password: "password123", name: nil, firstName: " John ",
                    lastName: "Doe", companyName: "Acme", workspaceName: nil, clientHint: "x", origin: auth.origin)),
            from: .anonymous)
        #expect(person.name == "John Doe" && person.firstName == "John" && person.lastName == "Doe")
        #expect(person.workspaceName == "Acme" && person.companyName == "Acme" && person.role == .admin)
        #expect(await auth.store.sessions.isEmpty)
        #expect(try await auth.logIn("john@example.com").person == person)
    }
}
