import Bus
import Contracts
import Foundation
import Testing

@testable import auth

struct APIKeyTests {
    private func user(_ signedIn: SignedIn, _ scopes: Scopes) -> Caller {
        var caller = signedIn.caller
        caller.scopes = scopes.rawValue
        return caller
    }

    @Test func `a key opens its workspace with its scopes`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let created = try await auth.createKey(
            signedIn.caller, name: " Voice server ", scopes: [.writeCalls, .readCalls], days: 30
        ).value
        #expect(created.record.name == "Voice server" && created.secret.hasPrefix(created.record.prefix))
        #expect(created.record.expiresAt == auth.clock.now.adding(seconds: 30 * 86_400))
        let grant = try await auth.check(created.secret)
        #expect(
            grant
                == APIKeyGrant(
                    id: created.record.id, workspaceID: signedIn.person.workspaceID, scopes: [.writeCalls, .readCalls],
                    clientHint: "voicera", expiresAt: created.record.expiresAt))
        #expect(try await auth.listKeys(signedIn.caller) == [created.record])
    }

    @Test func `an unknown, wrong, expired or deleted key opens nothing`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let created = try await auth.createKey(signedIn.caller, days: 1).value
        let other = try await auth.createKey(signedIn.caller).value
        func code(_ secret: String) async -> FaultCode? { await faultCode { _ = try await auth.check(secret) } }
        #expect(await code(APIKeySecret(for: APIKeyID(UUID())).text) == .tokenInvalid)
        #expect(await code(APIKeySecret(for: created.record.id).text) == .tokenInvalid)
        #expect(await code("sb_nonsense") == .tokenInvalid)
        #expect(await code(String(repeating: "x", count: 1_000_000)) == .tokenInvalid)
        #expect(await code(created.secret) == nil)
        auth.clock.advance(seconds: 86_400)
        #expect(await code(created.secret) == .tokenInvalid)
        try await auth.deleteKey(signedIn.caller, other.record.id)
        #expect(await code(other.secret) == .tokenInvalid)
        let third = try await auth.createKey(signedIn.caller).value
        await auth.store.close(signedIn.person.workspaceID)
        #expect(await code(third.secret) == .tokenInvalid)
    }

    @Test func `a key has no scope that its maker lacks`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let caller = user(signedIn, Role.user.scopes)
        #expect(await faultCode { _ = try await auth.createKey(caller, scopes: .writeAgents) } == .permissionDenied)
        #expect(await faultCode { _ = try await auth.createKey(caller, scopes: .admin) } == .permissionDenied)
        _ = try await auth.createKey(caller, scopes: [.readCalls, .writeCalls])
        _ = try await auth.createKey(user(signedIn, .admin), scopes: .deleteAgents)
        for caller in [Caller.anonymous, .service("calls", workspaceID: signedIn.person.workspaceID.uuid)] {
            #expect(await faultCode { _ = try await auth.createKey(caller) } == .permissionDenied)
        }
    }

    @Test func `a key made by a key belongs to the same account`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let first = try await auth.createKey(signedIn.caller, scopes: .admin).value
        let machine = Caller(
            identity: .apiKey(first.record.id.uuid), workspaceID: signedIn.person.workspaceID.uuid,
            scopes: first.record.scopes.rawValue)
        let second = try await auth.createKey(machine).value
        #expect(try await auth.check(second.secret).clientHint == "voicera")
        #expect(await auth.store.audit.last?.actor == "key:\(first.record.id)")
    }

    @Test func `names, days and scopes out of bounds are refused`() async throws {
        let auth = try await AuthFixture()
        let caller = try await auth.register("ann@example.com").caller
        func code(name: String = "Key", scopes: Scopes = .readCalls, days: Int? = nil) async -> FaultCode? {
            await faultCode { _ = try await auth.createKey(caller, name: name, scopes: scopes, days: days) }
        }
        #expect(await code(name: "") == .inputInvalid)
        #expect(await code(name: " \t ") == .inputInvalid)
        #expect(await code(name: "a\u{0}") == .inputInvalid)
        #expect(await code(name: String(repeating: "n", count: 101)) == .inputInvalid)
        #expect(await code(name: String(repeating: "n", count: 100)) == nil)
        #expect(await code(scopes: []) == .inputInvalid)
        #expect(await code(scopes: Scopes(rawValue: 1 << 31)) == .inputInvalid)
        for days in [0, -1, 3651, .min, .max] { #expect(await code(days: days) == .inputInvalid) }
        for days in [1, 3650] { #expect(await code(days: days) == nil) }
    }

    @Test func `a repeated creation shows the same secret again`() async throws {
        let auth = try await AuthFixture()
        let caller = try await auth.register("ann@example.com").caller
        let first = try await auth.createKey(caller, key: .test(1))
        let second = try await auth.createKey(caller, key: .test(1))
        #expect(!first.isReplayed && second.isReplayed && first.value == second.value)
        #expect(try await auth.listKeys(caller).count == 1)
        #expect(await faultCode { _ = try await auth.createKey(caller, key: .test(1, body: 9)) } == .keyReused)
    }

    @Test func `keys are listed newest first, each workspace's to itself`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com").caller
        let bob = try await auth.register("bob@example.com").caller
        var ids: [APIKeyID] = []
        for _ in 0..<3 {
            ids.insert(try await auth.createKey(ann).value.record.id, at: 0)
            auth.clock.advance(seconds: 1)
        }
        #expect(try await auth.listKeys(ann).map(\.id) == ids)
        #expect(try await auth.listKeys(bob).isEmpty)
        #expect(await faultCode { try await auth.deleteKey(bob, ids[0]) } == .apiKeyNotFound)
        try await auth.deleteKey(ann, ids[1])
        #expect(try await auth.listKeys(ann).map(\.id) == [ids[0], ids[2]])
        #expect(await faultCode { try await auth.deleteKey(ann, ids[1]) } == .apiKeyNotFound)
    }

    @Test func `a deleted key is revoked and announced`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let id = try await auth.createKey(signedIn.caller).value.record.id
        try await auth.deleteKey(signedIn.caller, id)
        #expect(
            try await auth.revocations().entries
                == [AccessRevoked(apiKeyID: id, forgetAfter: auth.clock.now.adding(seconds: 86_400))])
        #expect(auth.announced.all == [signedIn.person.workspaceID])
        #expect(await auth.store.audit.map(\.kind) == [.registered, .apiKeyCreated, .apiKeyDeleted])
    }

    @Test func `the last use only moves forward, and never into the future`() async throws {
        let auth = try await AuthFixture()
        let signedIn = try await auth.register("ann@example.com")
        let id = try await auth.createKey(signedIn.caller).value.record.id
        func use(_ seconds: Int) -> NoteAPIKeyUse.Use {
            NoteAPIKeyUse.Use(
                id: id, workspaceID: signedIn.person.workspaceID, at: auth.clock.now.adding(seconds: seconds))
        }
        func lastUse() async throws -> Timestamp? { try await auth.listKeys(signedIn.caller).first?.lastUsedAt }
        try await auth.note([use(-60), use(-10), use(-30)])
        #expect(try await lastUse() == use(-10).at)
        try await auth.note([use(-20)])
        #expect(try await lastUse() == use(-10).at)
        try await auth.note([use(3600)])
        #expect(try await lastUse() == auth.clock.now)
        #expect(await faultCode { try await auth.note([use(0)], from: signedIn.caller) } == .permissionDenied)
        let many = [NoteAPIKeyUse.Use](repeating: use(0), count: 1001)
        #expect(await faultCode { try await auth.note(many) } == .inputInvalid)
    }
}
