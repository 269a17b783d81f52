import Bus
import Contracts
import Foundation
import Testing

@testable import auth

struct MemberTests {
    /// An admin's workspace, and somebody else in it.
    private func joined(_ auth: AuthFixture, role: Role = .user) async throws -> (ann: SignedIn, bob: SignedIn) {
        let ann = try await auth.register("ann@example.com")
        _ = try await auth.invite("bob@example.com", ann.caller, role: role)
        _ = try await auth.accept(try await auth.invitationToken(), password: "password123", firstName: "Bob")
        return (ann, try await auth.logIn("bob@example.com"))
    }

    @Test func `who is invited by mail gets an account in the workspace, and no more than was offered`() async throws {
        let auth = try await AuthFixture()
        let (ann, bob) = try await joined(auth)
        #expect(bob.person.role == .user && bob.person.workspaceID == ann.person.workspaceID)
        #expect(bob.person.name == "Bob" && bob.person.workspaceName == ann.person.workspaceName)
        let members = try await auth.members(ann.caller)
        #expect(Set(members.map(\.email)) == ["ann@example.com", "bob@example.com"])
        #expect(members.allSatisfy { $0.status == .active && $0.isActive })
        let kinds = await auth.store.audit.map(\.kind)
        #expect(kinds.contains(.memberInvited) && kinds.contains(.invitationAccepted))
    }

    @Test func `somebody with an account joins with it, and goes on signing in where they were`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com")
        let bob = try await auth.register("bob@example.com")
        _ = try await auth.invite("BOB@example.com", ann.caller, role: .admin)
        let joined = try await auth.accept(try await auth.invitationToken(), password: "looked at by nobody")
        #expect(!joined.isNew && joined.person.id == bob.person.id && joined.person.role == .admin)
        #expect(try await auth.logIn("bob@example.com").person.workspaceID == bob.person.workspaceID)
        let there = try await auth.enter(ann.person.workspaceID, bob.caller).value
        #expect(there.person.workspaceID == ann.person.workspaceID && there.person.role == .admin)
        auth.clock.advance(seconds: 1)
        // The workspace used last.
        _ = try await auth.enter(ann.person.workspaceID, bob.caller)
        #expect(try await auth.logIn("bob@example.com").person.workspaceID == ann.person.workspaceID)
    }

    @Test func `an invitation is good once, for seven days, and until it is sent anew or withdrawn`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com")
        _ = try await auth.invite("bob@example.com", ann.caller)
        let first = try await auth.invitationToken()
        let second = try await auth.invite("bob@example.com", ann.caller, role: .admin).value
        #expect(try await auth.members(ann.caller).count { $0.status == .invited } == 1)
        let token = try await auth.invitationToken()
        func code(_ token: String?, _ password: String? = "password123") async -> FaultCode? {
            await faultCode { _ = try await auth.accept(token, password: password) }
        }
        #expect(await code(first) == .invitationInvalid)
        #expect(await code(token, nil) == .passwordInvalid)
        #expect(await code(token, "12345") == .passwordInvalid)
        #expect(try await auth.change(second.id, ann.caller, role: .user).role == .user)
        #expect(await faultCode { _ = try await auth.change(second.id, ann.caller, isActive: false) } == .inputInvalid)
        auth.clock.advance(seconds: 7 * 86_400)
        #expect(await code(token) == .invitationInvalid)
        _ = try await auth.invite("bob@example.com", ann.caller)
        #expect(await code(try await auth.invitationToken()) == nil)
        #expect(await code(try await auth.invitationToken()) == .invitationInvalid)
        #expect(await faultCode { _ = try await auth.invite("bob@example.com", ann.caller) } == .memberExists)
        let carol = try await auth.invite("carol@example.com", ann.caller).value
        try await auth.remove(carol.id, ann.caller)
        #expect(await code(try await auth.invitationToken()) == .invitationInvalid)
        for wrong in ["", "x", OpaqueToken(for: .invitation).text] { #expect(await code(wrong) == .invitationInvalid) }
    }

    @Test func `a repeated invitation with one key is sent once`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com")
        let first = try await auth.invite("bob@example.com", ann.caller, .test(1))
        let again = try await auth.invite("bob@example.com", ann.caller, .test(1))
        #expect(again == Outcome(first.value, isReplayed: true))
        #expect(await auth.letters.count == 1)
    }

    @Test func `another role, a block and a removal void what the member has in hands`() async throws {
        let auth = try await AuthFixture()
        let (ann, bob) = try await joined(auth)
        let id = MemberID(bob.person.id.uuid)
        var session = bob
        func expectVoid() async {
            #expect(await faultCode { _ = try await auth.renew(session.caller) } == .tokenInvalid)
            #expect(await faultCode { _ = try await auth.redeem(session.refreshToken) } == .tokenInvalid)
        }
        #expect(try await auth.change(id, ann.caller, role: .admin).role == .admin)
        await expectVoid()
        session = try await auth.logIn("bob@example.com")
        #expect(session.person.role == .admin)
        #expect(try await auth.change(id, ann.caller, isActive: false).isActive == false)
        await expectVoid()
        #expect(await faultCode { _ = try await auth.logIn("bob@example.com") } == .accountInactive)
        _ = try await auth.change(id, ann.caller, isActive: true)
        session = try await auth.logIn("bob@example.com")
        try await auth.remove(id, ann.caller)
        await expectVoid()
        #expect(try await auth.members(ann.caller).map(\.email) == ["ann@example.com"])
        #expect(await faultCode { try await auth.remove(id, ann.caller) } == .memberNotFound)
        let people = await auth.store.logged.map(\.event).map(\.personID)
        #expect(people == Array(repeating: bob.person.id, count: 4))
        let kinds = await auth.store.audit.map(\.kind)
        for kind: AuditEntry.Kind in [.roleChanged, .accountDisabled, .accountEnabled, .memberRemoved] {
            #expect(kinds.contains(kind), "\(kind)")
        }
        // Who was removed can be invited again.
        _ = try await auth.invite("bob@example.com", ann.caller)
        #expect(try await auth.accept(try await auth.invitationToken()).isNew == false)
        _ = try await auth.logIn("bob@example.com")
    }

    @Test func `a change of nothing voids nothing`() async throws {
        let auth = try await AuthFixture()
        let (ann, bob) = try await joined(auth)
        _ = try await auth.change(MemberID(bob.person.id.uuid), ann.caller, role: .user, isActive: true)
        _ = try await auth.renew(bob.caller)
        #expect(await auth.store.logged.isEmpty)
    }

    @Test func `the last admin stays`() async throws {
        let auth = try await AuthFixture()
        let (ann, bob) = try await joined(auth)
        let (annID, bobID) = (MemberID(ann.person.id.uuid), MemberID(bob.person.id.uuid))
        #expect(await faultCode { _ = try await auth.change(annID, ann.caller, role: .user) } == .lastAdmin)
        #expect(await faultCode { _ = try await auth.change(annID, ann.caller, isActive: false) } == .lastAdmin)
        #expect(await faultCode { try await auth.remove(annID, ann.caller) } == .lastAdmin)
        _ = try await auth.change(bobID, ann.caller, role: .admin)
        _ = try await auth.change(annID, ann.caller, role: .user)
        #expect(await faultCode { try await auth.remove(bobID, ann.caller) } == .lastAdmin)
    }

    @Test func `another workspace's members, invitations and sessions do not exist`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com")
        let eve = try await auth.register("eve@example.com")
        let invited = try await auth.invite("bob@example.com", ann.caller).value.id
        for id in [invited, MemberID(ann.person.id.uuid), MemberID(UUID())] {
            #expect(await faultCode { _ = try await auth.change(id, eve.caller, role: .user) } == .memberNotFound)
            #expect(await faultCode { try await auth.remove(id, eve.caller) } == .memberNotFound)
        }
        #expect(await faultCode { try await auth.end(ann.sessionID, eve.caller) } == .sessionNotFound)
        for id in [ann.person.workspaceID, WorkspaceID(UUID())] {
            #expect(await faultCode { _ = try await auth.enter(id, eve.caller) } == .workspaceNotFound)
        }
        #expect(try await auth.members(eve.caller).map(\.email) == ["eve@example.com"])
    }
}

struct OwnSessionTests {
    @Test func `a person sees their sessions, and ends them one by one`() async throws {
        let auth = try await AuthFixture()
        let first = try await auth.register("ann@example.com")
        auth.clock.advance(seconds: 60)
        let second = try await auth.logIn("ann@example.com")
        _ = try await auth.register("eve@example.com")
        let sessions = try await auth.sessions(second.caller)
        #expect(sessions.map(\.id) == [second.sessionID, first.sessionID])
        #expect(sessions.map(\.isCurrent) == [true, false] && sessions[0].origin == auth.origin)
        try await auth.end(first.sessionID, second.caller)
        #expect(await faultCode { try await auth.end(first.sessionID, second.caller) } == .sessionNotFound)
        #expect(await faultCode { _ = try await auth.renew(first.caller) } == .tokenInvalid)
        #expect(try await auth.sessions(second.caller).map(\.id) == [second.sessionID])
        #expect(await auth.store.audit.last?.kind == .sessionEnded)
        #expect(auth.announced.all == [first.person.workspaceID])
        var key = second.caller
        key.identity = .apiKey(UUID())
        #expect(await faultCode { _ = try await auth.sessions(key) } == .permissionDenied)
    }

    @Test func `switching never makes a session longer than the one it came from`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com")
        auth.clock.advance(seconds: 29 * 86_400)
        let second = try await auth.enter(ann.person.workspaceID, ann.caller, .test(1))
        #expect(try await auth.enter(ann.person.workspaceID, ann.caller, .test(1)).value == second.value)
        let ends = try await auth.sessions(second.value.caller).map(\.expiresAt)
        #expect(Set(ends).count == 1 && ends.count == 2)
        try await auth.logOut(ann.caller)
        #expect(await faultCode { _ = try await auth.enter(ann.person.workspaceID, ann.caller) } == .tokenInvalid)
        _ = try await auth.renew(second.value.caller)
    }

    @Test func `a workspace is changed field by field, and followers are told`() async throws {
        let auth = try await AuthFixture()
        let ann = try await auth.register("ann@example.com")
        let changed = try await auth.change(
            UpdateWorkspace(name: " Acme ", retention: .days(30), settings: #"{"theme":"dark"}"#), ann.caller)
        #expect(changed.name == "Acme" && changed.retentionDays == 30 && changed.settings == #"{"theme":"dark"}"#)
        #expect(try await auth.change(UpdateWorkspace(), ann.caller) == changed)
        #expect(try await auth.change(UpdateWorkspace(retention: .forEver), ann.caller).retentionDays == nil)
        let events = await auth.store.workspaceChanges
        #expect(events.map(\.after.retentionDays) == [30, nil] && events[1].before == changed)
        let wrong = [
            UpdateWorkspace(name: " "), UpdateWorkspace(name: "a\u{7}"), UpdateWorkspace(retention: .days(0)),
            UpdateWorkspace(retention: .days(36_501)), UpdateWorkspace(settings: "[]"), UpdateWorkspace(settings: "{"),
            UpdateWorkspace(settings: "{\"a\":\"\(String(repeating: "x", count: 16_384))\"}"),
        ]
        for input in wrong {
            #expect(await faultCode { _ = try await auth.change(input, ann.caller) } == .inputInvalid, "\(input)")
        }
        #expect(await auth.store.workspaceChanges.count == 2)
    }
}

extension AuthFixture {
    /// Of the newest invitation that was sent.
    fileprivate func invitationToken() async throws -> String {
        try #require(await letters.last { $0.token?.hasPrefix(OpaqueToken.Purpose.invitation.rawValue) == true }?.token)
    }
}
