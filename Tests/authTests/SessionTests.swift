import Bus
import Contracts
import Foundation
import Testing

@testable import auth

struct SessionTests {
    @Test func `a renewed token keeps its session`() async throws {
        let auth = try await AuthFixture()
        let first = try await auth.register("ann@example.com")
        auth.clock.advance(seconds: 3600)
        let renewed = try await auth.renew(first.caller)
        #expect(!renewed.isReplayed && renewed.value.sessionID == first.sessionID)
        #expect(renewed.value.person == first.person && renewed.value.token != first.token)
        #expect(renewed.value.expiresAt == first.expiresAt.adding(seconds: 3600))
    }

    @Test func `a session and its last token live 30 days`() async throws {
        let auth = try await AuthFixture()
        let first = try await auth.register("ann@example.com")
        auth.clock.advance(seconds: 30 * 86_400 - 60)
        let last = try await auth.renew(first.caller).value
        #expect(last.expiresAt == first.person.createdAt.adding(seconds: 30 * 86_400 - 0).wholeSeconds)
        auth.clock.advance(seconds: 60)
        #expect(await faultCode { _ = try await auth.renew(first.caller) } == .tokenInvalid)
    }

    @Test func `a repeated renewal gets the first answer again`() async throws {
        let auth = try await AuthFixture()
        let caller = try await auth.register("ann@example.com").caller
        let first = try await auth.renew(caller, .test(1))
        auth.clock.advance(seconds: 5)
        let second = try await auth.renew(caller, .test(1))
        #expect(!first.isReplayed && second.isReplayed && second.value == first.value)
        #expect(await faultCode { _ = try await auth.renew(caller, .test(1, body: 1)) } == .keyReused)
        #expect(try await auth.renew(caller, .test(2)).value.token != first.value.token)
        try await auth.logOut(caller)
        #expect(await faultCode { _ = try await auth.renew(caller, .test(1)) } == .tokenInvalid)
    }

    @Test func `whoever left or may not be here renews nothing`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let stranger = try await auth.register("bob@example.com")
        var foreign = signedIn.caller
        foreign.workspaceID = stranger.person.workspaceID.uuid
        var borrowed = signedIn.caller
        borrowed.identity = .person(stranger.person.id.uuid, session: signedIn.sessionID.uuid)
        let key = Caller(identity: .apiKey(UUID()), workspaceID: signedIn.person.workspaceID.uuid)
        for caller in [foreign, borrowed, key, .anonymous] {
            #expect(await faultCode { _ = try await auth.renew(caller) } == .tokenInvalid)
        }
        await auth.store.setActive(false, signedIn.person.id)
        #expect(await faultCode { _ = try await auth.renew(signedIn.caller) } == .tokenInvalid)
    }

    @Test func `a sign-out is logged and announced once, however often it is asked for`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        try await auth.logOut(signedIn.caller)
        try await auth.logOut(signedIn.caller)
        #expect(auth.announced.all == [signedIn.person.workspaceID])
        let revoked = AccessRevoked(
            sessionID: signedIn.sessionID, forgetAfter: auth.clock.now.adding(seconds: 86_400))
        let answer = try await auth.revocations()
        #expect(answer.entries == [revoked])
        #expect(answer.positions[EventPartition.of(signedIn.person.workspaceID.uuid)] == 1)
        #expect(await faultCode { _ = try await auth.renew(signedIn.caller) } == .tokenInvalid)
        #expect(await auth.store.audit.map(\.kind) == [.registered, .signedOut])
        auth.clock.advance(seconds: 86_400)
        #expect(try await auth.revocations().entries.isEmpty)
    }

    @Test func `a revocation is remembered as long as the longest-lived token`() async throws {
        let auth = try await AuthFixture(terms: TokenTerms(tokenSeconds: 7200))
        let signedIn = try await auth.register("ann@example.com")
        let shorter = LogOutHandler(
            sessions: auth.store, terms: TokenTerms(tokenSeconds: 60), announce: { _ in }, now: { auth.clock.now })
        _ = try await shorter.handle(LogOut(), from: signedIn.caller)
        #expect(try await auth.revocations().entries.first?.forgetAfter == signedIn.expiresAt)
    }

    @Test func `nobody signs another person's session out`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        var stranger = try await auth.register("bob@example.com").caller
        if case .person(let id, _) = stranger.identity {
            stranger.identity = .person(id, session: signedIn.sessionID.uuid)
        }
        #expect(await faultCode { try await auth.logOut(stranger) } == .tokenInvalid)
        #expect(await faultCode { try await auth.logOut(.anonymous) } == .tokenInvalid)
        _ = try await auth.renew(signedIn.caller)
    }

    @Test func `only a person who is here is somebody`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let key = Caller(identity: .apiKey(UUID()), workspaceID: signedIn.person.workspaceID.uuid)
        #expect(await faultCode { _ = try await auth.me(key) } == .personNotFound)
        var foreign = signedIn.caller
        foreign.workspaceID = UUID()
        #expect(await faultCode { _ = try await auth.me(foreign) } == .personNotFound)
        await auth.store.setActive(false, signedIn.person.id)
        #expect(await faultCode { _ = try await auth.me(signedIn.caller) } == .personNotFound)
    }

    @Test(arguments: [
        (GenerationReason.passwordChanged, AuditEntry.Kind.passwordChanged), (.roleChanged, .roleChanged),
        (.accountDisabled, .accountDisabled),
    ])
    func `a raised generation voids tokens and sessions that are older`(
        _ reason: GenerationReason, _ kind: AuditEntry.Kind
    ) async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        #expect(try await auth.raiseGeneration(signedIn.person, because: reason) == 1)
        let revoked = try #require(try await auth.revocations().entries.first)
        #expect(revoked.personID == signedIn.person.id && revoked.generation == 1)
        #expect(revoked.forgetAfter >= signedIn.expiresAt)
        #expect(auth.announced.all == [signedIn.person.workspaceID])
        #expect(await auth.store.audit.last?.kind == kind)
        #expect(await faultCode { _ = try await auth.renew(signedIn.caller) } == .tokenInvalid)
        let again = try await auth.logIn("ann@example.com")
        #expect(try await auth.renew(again.caller).value.person == signedIn.person)
    }

    @Test func `only services are told what is revoked`() async throws {
        let auth = try await AuthFixture()
        let caller = try await auth.register("ann@example.com").caller
        #expect(await faultCode { _ = try await auth.revocations(from: caller) } == .permissionDenied)
        #expect(await faultCode { _ = try await auth.revocations(from: .anonymous) } == .permissionDenied)
    }
}

extension Timestamp {
    /// Without the fraction of a second.
    fileprivate var wholeSeconds: Timestamp { Timestamp(microseconds: microseconds / 1_000_000 * 1_000_000) }
}
