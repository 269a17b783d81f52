import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import auth

struct AuthIsolationTests {
    /// Two people with something in every table.
    private func furnished(_ auth: AuthDatabase) async throws -> SignedIn {
        let person = try await auth.register()
        let key = try await auth.createKey(person, auth.newKey()).value
        try await auth.deleteKey(person, key.record.id)
        _ = try await auth.invite(auth.newEmail(), person)
        let ask = AskPasswordResetHandler(
            accounts: auth.store, resets: auth.store, letters: Letters(appURL: nil), mailStored: {}, answerAfter: .zero)
        _ = try await ask.handle(
            AskPasswordReset(email: person.person.email, origin: ClientOrigin(address: "", userAgent: "")),
            from: .anonymous)
        return person
    }

    @Test func `a forgotten WHERE shows nothing of another workspace`() async throws {
        let auth = try await AuthDatabase.shared()
        let (ann, bob) = (try await furnished(auth), try await furnished(auth))
        let workspaceID = ann.person.workspaceID
        for table in AuthDatabase.tables {
            let column = table == "workspaces" ? "id" : table == "people" ? "id" : "workspace_id"
            let seen = try await auth.database.query(
                "SELECT DISTINCT \(unsafe: column) FROM auth.\(unsafe: table)", workspaces: [workspaceID.uuid]
            ).map { try $0.decode(UUID.self, at: 0) }
            #expect(seen == [table == "people" ? ann.person.id.uuid : workspaceID.uuid], "\(table)")
            let both = try await auth.database.query(
                "SELECT DISTINCT \(unsafe: column) FROM auth.\(unsafe: table)",
                workspaces: [workspaceID.uuid, bob.person.workspaceID.uuid])
            #expect(both.count == 2, "\(table)")
            let nothing = try await auth.database.query("SELECT 1 FROM auth.\(unsafe: table)")
            #expect(nothing.isEmpty, "\(table)")
        }
    }

    @Test func `a forgotten WHERE changes nothing of another workspace`() async throws {
        let auth = try await AuthDatabase.shared()
        let (ann, bob) = (try await furnished(auth), try await furnished(auth))
        let workspaces = [ann.person.workspaceID.uuid]
        for (table, change) in [
            ("people", "name = 'x'"), ("workspaces", "name = 'x'"), ("memberships", "role = 'user'"),
            ("sessions", "user_agent = 'x'"), ("api_keys", "name = 'x'"), ("refresh_tokens", "created_at = now()"),
            ("password_resets", "created_at = now()"), ("invitations", "name = 'x'"),
        ] {
            let changed = try await auth.database.query(
                "UPDATE auth.\(unsafe: table) SET \(unsafe: change)", workspaces: workspaces)
            #expect(changed.affectedCount == 1, "\(table)")
        }
        let me = try await auth.store.member(bob.person.id, of: bob.person.workspaceID)
        #expect(me?.person == bob.person)
        await #expect(throws: DatabaseError.self) {
            try await auth.database.query(
                "UPDATE auth.sessions SET workspace_id = \(bob.person.workspaceID)", workspaces: workspaces)
        }
        await #expect(throws: DatabaseError.self) {
            try await auth.database.query(
                """
                INSERT INTO auth.audit (workspace_id, number, at, kind, actor, subject, address, user_agent, hash)
                VALUES (\(bob.person.workspaceID), 99, now(), '', '', '', '', '', \([UInt8](repeating: 0, count: 32)))
                """, workspaces: workspaces)
        }
    }

    @Test func `the audit log can be added to and not changed`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await furnished(auth)
        for statement in [
            "UPDATE auth.audit SET actor = 'x'", "DELETE FROM auth.audit", "TRUNCATE auth.audit",
            "DELETE FROM auth.audit_heads", "DELETE FROM auth.people", "DELETE FROM auth.revocations",
        ] {
            for login in [auth.database, auth.jobs] where !(login === auth.jobs && statement.hasSuffix("revocations")) {
                let error = await #expect(throws: DatabaseError.self, "\(statement)") {
                    try await login.query(Statement(unsafe: statement), workspaces: [ann.person.workspaceID.uuid])
                }
                #expect(error?.sqlState == "42501", "\(statement)")
            }
        }
    }

    @Test func `another workspace's things do not exist`() async throws {
        let auth = try await AuthDatabase.shared()
        let (ann, bob) = (try await auth.register(), try await auth.register())
        let key = try await auth.createKey(ann).value
        #expect(await auth.faultCode { try await auth.deleteKey(bob, key.record.id) } == .apiKeyNotFound)
        var borrowed = auth.caller(bob)
        borrowed.identity = auth.caller(ann).identity
        #expect(
            await auth.faultCode {
                _ = try await GetMeHandler(accounts: auth.store).handle(GetMe(), from: borrowed)
            } == .personNotFound)
        let renew = RenewTokenHandler(sessions: auth.store, tokens: auth.tokens)
        #expect(
            await auth.faultCode { _ = try await renew.handle(RenewToken(), from: borrowed) } == .tokenInvalid)
        let logOut = LogOutHandler(sessions: auth.store, terms: TokenTerms(), announce: { _ in })
        #expect(await auth.faultCode { _ = try await logOut.handle(LogOut(), from: borrowed) } == .tokenInvalid)
        _ = try await auth.check(key.secret)
        _ = try await auth.renew(ann)
    }

    @Test func `one workspace's answers are not another's for the same key`() async throws {
        let auth = try await AuthDatabase.shared()
        let (ann, bob) = (try await auth.register(), try await auth.register())
        let key = auth.newKey()
        let first = try await auth.createKey(ann, key)
        let second = try await auth.createKey(bob, key)
        #expect(!second.isReplayed && second.value.secret != first.value.secret)
        // A sealed answer that is copied to another workspace cannot be opened there.
        let reply = try await auth.value(
            "SELECT reply FROM auth.idempotency WHERE digest = \(key.digest) AND workspace_id = \(ann.person.workspaceID)",
            as: [UInt8].self)
        try await auth.owner.query(
            """
            UPDATE auth.idempotency SET reply = \(reply)
            WHERE digest = \(key.digest) AND workspace_id = \(bob.person.workspaceID)
            """)
        await #expect(throws: (any Error).self) { try await auth.createKey(bob, key) }
    }
}
