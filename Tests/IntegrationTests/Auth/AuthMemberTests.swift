import Bus
import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import Testing

@testable import auth

struct AuthMemberTests {
    @Test func `of two admins who take each other's role at once one stays`() async throws {
        let auth = try await AuthDatabase.shared()
        for _ in 0..<10 {
            let ann = try await auth.register()
            let bob = try await auth.joined(ann, role: .admin)
            let codes = await withTaskGroup(of: FaultCode?.self) { group in
                for index in 0..<12 {
                    let target = MemberID((index.isMultiple(of: 2) ? ann : bob).person.id.uuid)
                    group.addTask {
                        await auth.faultCode {
                            switch index % 3 {
                            case 0: _ = try await auth.change(target, ann, role: .user)
                            case 1: _ = try await auth.change(target, ann, isActive: false)
                            default: try await auth.remove(target, ann)
                            }
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.allSatisfy { [nil, .lastAdmin, .memberNotFound].contains($0) }, "\(codes)")
            let admins = try await auth.value(
                """
                SELECT count(*) FROM auth.memberships
                WHERE workspace_id = \(ann.person.workspaceID) AND role = 'admin' AND is_active
                """, as: Int.self)
            #expect(admins == 1)
        }
    }

    @Test func `an invitation is accepted once, however often at once`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let token = try await auth.invite(auth.newEmail(), ann).token
        let codes = await withTaskGroup(of: FaultCode?.self) { group in
            for _ in 0..<12 { group.addTask { await auth.faultCode { _ = try await auth.accept(token) } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 1)
        #expect(codes.allSatisfy { [nil, .invitationInvalid, .unavailable].contains($0) }, "\(codes)")
        #expect(try await auth.members(ann).count == 2)
    }

    @Test func `a member who changes is void, is listed as they are, and can come back`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let bob = try await auth.joined(ann, role: .user)
        let id = MemberID(bob.person.id.uuid)
        #expect(try await auth.change(id, ann, role: .admin).role == .admin)
        #expect(await auth.faultCode { _ = try await auth.redeem(bob.refreshToken) } == .tokenInvalid)
        #expect(try await auth.change(id, ann, role: .user, isActive: false).isActive == false)
        #expect(await auth.faultCode { _ = try await auth.logIn(bob.person.email) } == .accountInactive)
        try await auth.remove(id, ann)
        #expect(try await auth.members(ann).map(\.id) == [MemberID(ann.person.id.uuid)])
        #expect(await auth.faultCode { _ = try await auth.change(id, ann, role: .admin) } == .memberNotFound)
        let token = try await auth.invite(bob.person.email, ann).token
        #expect(try await auth.accept(token).isNew == false)
        let again = try await auth.logIn(bob.person.email)
        #expect(again.person.role == .user && again.person.id == bob.person.id)
        let events = try await auth.events(of: ann.person.workspaceID)
        #expect(events.map(\.generation) == [1, 2, 3] && events.allSatisfy { $0.personID == bob.person.id })
        let log = try await AuditCheck(log: PostgresAudit(jobs: auth.jobs)).run()
        #expect(log.breaks.isEmpty)
    }

    @Test func `somebody in two workspaces switches, and signs in to the one used last`() async throws {
        let auth = try await AuthDatabase.shared()
        let (ann, bob) = (try await auth.register(), try await auth.register())
        _ = try await auth.accept(try await auth.invite(bob.person.email, ann).token)
        let handler = SwitchWorkspaceHandler(accounts: auth.store, sessions: auth.store, tokens: auth.tokens)
        let key = auth.newKey()
        func enter() async throws -> Outcome<SignedIn> {
            try await handler.handle(
                SwitchWorkspace(
                    workspaceID: ann.person.workspaceID, origin: ClientOrigin(address: "", userAgent: ""),
                    idempotency: key), from: auth.caller(bob))
        }
        let there = try await enter()
        #expect(there.value.person.workspaceID == ann.person.workspaceID && there.value.person.role == .user)
        #expect(try await enter() == Outcome(there.value, isReplayed: true))
        #expect(try await auth.logIn(bob.person.email).person.workspaceID == ann.person.workspaceID)
        let sessions = try await ListSessionsHandler(sessions: auth.store)
            .handle(ListSessions(), from: auth.caller(bob)).sessions
        #expect(Set(sessions.map(\.workspaceID)) == [ann.person.workspaceID, bob.person.workspaceID])
        #expect(sessions.count == 3 && sessions.filter(\.isCurrent).map(\.id) == [bob.sessionID])
        // From the old session the new one is ended, in the other workspace.
        let end = EndSessionHandler(sessions: auth.store, terms: TokenTerms(), announce: { _ in })
        _ = try await end.handle(EndSession(id: there.value.sessionID), from: auth.caller(bob))
        #expect(await auth.faultCode { _ = try await auth.redeem(there.value.refreshToken) } == .tokenInvalid)
        #expect(
            await auth.faultCode { _ = try await end.handle(EndSession(id: ann.sessionID), from: auth.caller(bob)) }
                == .sessionNotFound)
    }

    @Test func `a changed workspace is one event, a change of nothing none`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let handler = UpdateWorkspaceHandler(workspaces: auth.store, announce: { _ in })
        let settings = #"{"deep": {"list": [1, 2.5, null, "ü\n"]}}"#
        let changed = try await handler.handle(
            UpdateWorkspace(name: "Acme", retention: .days(30), settings: settings), from: auth.caller(ann))
        #expect(changed.name == "Acme" && changed.retentionDays == 30 && changed.settings == settings)
        #expect(try await handler.handle(UpdateWorkspace(name: "Acme"), from: auth.caller(ann)) == changed)
        #expect(
            try await GetWorkspaceHandler(workspaces: auth.store).handle(GetWorkspace(), from: auth.caller(ann))
                == changed)
        let rows = try await auth.owner.query(
            "SELECT kind, payload FROM auth.events WHERE workspace_id = \(ann.person.workspaceID)")
        #expect(try rows.map { try $0.decode(String.self, at: 0) } == [WorkspaceChanged.kind])
        let event = try WorkspaceChanged.decoded(from: try rows[0].decode([UInt8].self, at: 1))
        #expect(event.after == changed && event.before.retentionDays == nil)
    }
}

struct AuthPasswordResetTests {
    private func reset(_ auth: AuthDatabase, _ token: String, to password: String, at now: Timestamp = .now())
        async throws
    {
        let handler = ResetPasswordHandler(
            resets: auth.store, passwords: auth.passwords, rules: PasswordRules(), terms: TokenTerms(),
            letters: Letters(appURL: nil), announce: auth.announced.add, mailStored: {}, now: { now })
        _ = try await handler.handle(
            ResetPassword(
                token: token, newPassword: password, origin: ClientOrigin(address: "", userAgent: "")),
            from: .anonymous)
    }

    private func forget(_ auth: AuthDatabase, _ email: String) async throws {
        let handler = AskPasswordResetHandler(
            accounts: auth.store, resets: auth.store, letters: Letters(appURL: nil), mailStored: {}, answerAfter: .zero)
        _ = try await handler.handle(
            AskPasswordReset(email: email, origin: ClientOrigin(address: "", userAgent: "")), from: .anonymous)
    }

    @Test func `a token is spent once, however often at once`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        try await forget(auth, ann.person.email)
        let token = try #require(try await auth.letters(of: ann.person.workspaceID).last?.token)
        let codes = await withTaskGroup(of: FaultCode?.self) { group in
            for index in 0..<12 {
                group.addTask { await auth.faultCode { try await reset(auth, token, to: "password \(index)") } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 1 && codes.allSatisfy { $0 == nil || $0 == .resetTokenInvalid })
        #expect(await auth.faultCode { _ = try await auth.redeem(ann.refreshToken) } == .tokenInvalid)
        #expect(try await auth.events(of: ann.person.workspaceID).map(\.generation) == [1])
        #expect(await auth.faultCode { _ = try await auth.logIn(ann.person.email) } == .credentialsInvalid)
    }

    @Test func `a token expires, is void after another reset, and is stored only hashed or sealed`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        for _ in 0..<2 { try await forget(auth, ann.person.email) }
        let tokens = try await auth.letters(of: ann.person.workspaceID).compactMap(\.token)
        #expect(tokens.count == 2)
        let late = Timestamp.now().adding(seconds: 601)
        #expect(
            await auth.faultCode { try await reset(auth, tokens[0], to: "new password", at: late) }
                == .resetTokenInvalid)
        for table in ["password_resets", "mails"] {
            let rows = try await auth.owner.query("SELECT t::text FROM auth.\(unsafe: table) t")
            let text = try rows.map { try $0.decode(String.self, at: 0) }.joined()
            let hex = tokens[0].utf8.map { String(format: "%02x", $0) }.joined()
            #expect(!text.contains(tokens[0]) && !text.contains(hex), "\(table)")
        }
        try await reset(auth, tokens[0], to: "new password")
        #expect(await auth.faultCode { try await reset(auth, tokens[1], to: "newer one") } == .resetTokenInvalid)
        _ = try await auth.logIn(ann.person.email, password: "new password")
    }

    @Test func `an e-mail that nobody has stores an entry and no mail`() async throws {
        let auth = try await AuthDatabase()
        try await forget(auth, "nobody@example.com")
        #expect(try await auth.value("SELECT count(*) FROM auth.mails", as: Int.self) == 0)
        #expect(try await auth.value("SELECT kind FROM auth.audit", as: String.self) == "password-reset-asked")
    }

    @Test func `of several processes one sends a mail, and one that died while sending does not lose it`() async throws
    {
        let auth = try await AuthDatabase()
        let ann = try await auth.register()
        for index in 0..<40 { _ = try await auth.invite("p\(index)@example.com", ann) }
        let now = Timestamp.now()
        let claimed = try await withThrowingTaskGroup(of: [ClaimedMail].self) { group in
            for _ in 0..<10 {
                group.addTask {
                    try await auth.store.claimMails(atMost: 4, dueAt: now, until: now.adding(seconds: 45))
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(claimed.map(\.id)).count == claimed.count && claimed.count > 0)
        for mail in claimed.dropFirst() { try await auth.store.remove(mail) }
        let later = now.adding(seconds: 46)
        let rest = try await auth.store.claimMails(atMost: 100, dueAt: later, until: later.adding(seconds: 45))
        #expect(rest.count == 40 - claimed.count + 1)
        #expect(rest.first { $0.id == claimed[0].id }?.attempts == 2)
        // Whoever comes too late with an older attempt moves nothing.
        try await auth.store.postpone(claimed[0], until: now)
        #expect(try await auth.store.claimMails(atMost: 100, dueAt: later, until: later).isEmpty)
    }
}

extension AuthDatabase {
    /// The letters of a workspace that wait, the oldest first.
    func letters(of workspaceID: WorkspaceID) async throws -> [Letter] {
        let rows = try await owner.query(
            "SELECT id, letter FROM auth.mails WHERE workspace_id = \(workspaceID) ORDER BY created_at, id")
        return try rows.map { row in
            let (id, sealed) = try row.decode((UUID, [UInt8]).self)
            return try Letter.decoded(from: store.masterKey.open(sealed, for: id, in: workspaceID))
        }
    }

    func invite(_ email: String, _ signedIn: SignedIn, role: Role = .user) async throws -> (
        member: MemberRecord, token: String
    ) {
        let handler = InviteMemberHandler(
            members: store, workspaces: store, letters: Letters(appURL: nil), mailStored: {})
        let member = try await handler.handle(
            InviteMember(email: email, role: role, name: nil), from: caller(signedIn)
        ).value
        let letters = try await letters(of: signedIn.person.workspaceID)
        return (member, letters.last { $0.recipient == email }?.token ?? "")
    }

    func accept(_ token: String) async throws -> JoinedWorkspace {
        let handler = AcceptInvitationHandler(
            accounts: store, members: store, passwords: passwords, rules: PasswordRules())
        return try await handler.handle(
            AcceptInvitation(
                token: token, password: "password123", firstName: nil, lastName: nil, clientHint: "x",
                origin: ClientOrigin(address: "", userAgent: "")), from: .anonymous)
    }

    /// A new person in the workspace of another.
    func joined(_ signedIn: SignedIn, role: Role) async throws -> SignedIn {
        let email = newEmail()
        _ = try await accept(try await invite(email, signedIn, role: role).token)
        return try await logIn(email)
    }

    func members(_ signedIn: SignedIn) async throws -> [MemberRecord] {
        try await ListMembersHandler(members: store).handle(ListMembers(), from: caller(signedIn)).members
    }

    func change(_ id: MemberID, _ signedIn: SignedIn, role: Role? = nil, isActive: Bool? = nil) async throws
        -> MemberRecord
    {
        let handler = UpdateMemberHandler(members: store, terms: TokenTerms(), announce: announced.add)
        return try await handler.handle(
            UpdateMember(id: id, role: role, isActive: isActive), from: caller(signedIn))
    }

    func remove(_ id: MemberID, _ signedIn: SignedIn) async throws {
        let handler = RemoveMemberHandler(members: store, terms: TokenTerms(), announce: announced.add)
        _ = try await handler.handle(RemoveMember(id: id), from: caller(signedIn))
    }
}

extension Letter {
    /// The token in it.
    var token: String? {
        text.split(separator: "\n").map(String.init).first { line in
            OpaqueToken.Purpose.allCases.contains { OpaqueToken(line, for: $0) != nil }
        }
    }
}
