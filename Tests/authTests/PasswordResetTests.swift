import Bus
import Contracts
import Foundation
import Testing

@testable import auth

struct PasswordResetTests {
    private func asked(_ auth: AuthFixture, _ email: String = "ann@example.com") async throws -> String {
        try await auth.forget(email)
        return try #require(await auth.letters.last { $0.token != nil }?.token)
    }

    @Test func `the token of the mail sets a new password once and ends every session`() async throws {
        let auth = try await AuthFixture()
        let first = try await auth.register("ann@example.com")
        let second = try await auth.logIn("ann@example.com")
        let token = try await asked(auth, " ANN@example.com")
        #expect(await auth.letters.map(\.recipient) == ["ann@example.com"])
        try await auth.reset(token, to: "new password")
        for session in [first, second] {
            #expect(await faultCode { _ = try await auth.renew(session.caller) } == .tokenInvalid)
            #expect(await faultCode { _ = try await auth.redeem(session.refreshToken) } == .tokenInvalid)
        }
        #expect(await faultCode { _ = try await auth.logIn("ann@example.com") } == .credentialsInvalid)
        _ = try await auth.logIn("ann@example.com", password: "new password")
        #expect(await faultCode { try await auth.reset(token, to: "another one") } == .resetTokenInvalid)
        let logged = await auth.store.logged.map(\.event)
        #expect(logged.map(\.personID) == [first.person.id] && logged.map(\.generation) == [1])
        #expect(auth.announced.all == [first.person.workspaceID])
        let kinds = await auth.store.audit.map(\.kind)
        #expect(kinds.contains(.passwordResetAsked) && kinds.contains(.passwordChanged))
        // The person is told of it, without a token.
        let told = await auth.letters.last
        #expect(told?.subject == "Your password was changed" && told?.token == nil)
    }

    @Test func `a token is good for ten minutes`() async throws {
        let auth = try await AuthFixture()
        _ = try await auth.register("ann@example.com")
        let (early, late) = (try await asked(auth), try await asked(auth))
        auth.clock.advance(seconds: 599)
        try await auth.reset(early, to: "new password")
        _ = late
        let another = try await asked(auth)
        auth.clock.advance(seconds: 600)
        #expect(await faultCode { try await auth.reset(another, to: "newer password") } == .resetTokenInvalid)
    }

    @Test func `one reset makes the others void, and so does anything that ends the sessions`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com")
        let (one, other) = (try await asked(auth), try await asked(auth))
        try await auth.reset(one, to: "new password")
        #expect(await faultCode { try await auth.reset(other, to: "newer password") } == .resetTokenInvalid)
        let third = try await asked(auth)
        _ = try await auth.raiseGeneration(ann.person, because: .accountDisabled)
        #expect(await faultCode { try await auth.reset(third, to: "newer password") } == .resetTokenInvalid)
    }

    @Test func `a short password is refused and the token stays good`() async throws {
        let auth = try await AuthFixture()
        _ = try await auth.register("ann@example.com")
        let token = try await asked(auth)
        #expect(await faultCode { try await auth.reset(token, to: "12345") } == .passwordInvalid)
        for wrong in ["", "x", OpaqueToken(for: .passwordReset).text, OpaqueToken(for: .refresh).text] {
            #expect(await faultCode { try await auth.reset(wrong, to: "new password") } == .resetTokenInvalid)
        }
        try await auth.reset(token, to: "123456")
    }

    @Test func `who is not there, or may not sign in, is not written to`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com")
        try await auth.forget("nobody@example.com")
        await auth.store.setActive(false, ann.person.id)
        try await auth.forget("ann@example.com")
        try await auth.forget("nonsense")
        #expect(await auth.letters.isEmpty)
        #expect(await auth.store.audit.count { $0.kind == .passwordResetAsked } == 2)
    }

    @Test func `nobody is flooded with mail`() async throws {
        let auth = try await AuthFixture()
        _ = try await auth.register("ann@example.com")
        for _ in 0..<20 { try await auth.forget("ann@example.com") }
        #expect(await auth.letters.count == PasswordReset.mostAtOnce)
        auth.clock.advance(seconds: 601)
        try await auth.forget("ann@example.com")
        #expect(await auth.letters.count == PasswordReset.mostAtOnce + 1)
    }

    @Test func `every answer takes as long`() async throws {
        let auth = try await AuthFixture()
        _ = try await auth.register("ann@example.com")
        let handler = AskPasswordResetHandler(
            accounts: auth.store, resets: auth.store, letters: Letters(appURL: nil), mailStored: {},
            answerAfter: .milliseconds(120))
        for email in ["ann@example.com", "nobody@example.com"] {
            let took = try await ContinuousClock().measure {
                _ = try await handler.handle(AskPasswordReset(email: email, origin: auth.origin), from: .anonymous)
            }
            #expect(took >= .milliseconds(120), "\(email)")
        }
    }
}
