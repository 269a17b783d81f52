import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import auth

struct AuthAuditTests {
    /// How many entries of a workspace follow from the first on, and how many there are.
    private func verified(_ workspaceID: WorkspaceID, _ auth: AuthDatabase) async throws -> (good: Int, all: Int) {
        let rows = try await auth.owner.query(
            """
            SELECT number, at, kind, actor, subject, address, user_agent, hash FROM auth.audit
            WHERE workspace_id = \(workspaceID) ORDER BY number
            """)
        var chain = AuditChain()
        var good = 0
        for row in rows {
            let (number, at, kind, actor, subject, address, userAgent, hash) = try row.decode(
                (Int, Timestamp, String, String, String, String, String, [UInt8]).self)
            let entry = AuditEntry(
                workspaceID: workspaceID, at: at, kind: try #require(AuditEntry.Kind(rawValue: kind)), actor: actor,
                subject: subject, origin: ClientOrigin(address: address, userAgent: userAgent))
            guard chain.follows(entry, number: number, hash: hash) else { break }
            good += 1
        }
        if good == rows.count {
            let (number, hash) = try await auth.owner.query(
                "SELECT number, hash FROM auth.audit_heads WHERE workspace_id = \(workspaceID)"
            )[0].decode((Int, [UInt8]).self)
            #expect(number == good && hash == chain.hash)
        }
        return (good, rows.count)
    }

    @Test func `everything that is to be remembered is in one unbroken chain`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let other = try await auth.logIn(ann.person.email)
        _ = try? await auth.logIn(ann.person.email, password: "wrong1")
        let key = try await auth.createKey(ann).value
        try await auth.deleteKey(ann, key.record.id)
        try await auth.logOut(other)
        _ = try await auth.raiseGeneration(ann)
        let kinds = try await auth.owner.query(
            "SELECT kind FROM auth.audit WHERE workspace_id = \(ann.person.workspaceID) ORDER BY number"
        ).map { try $0.decode(String.self, at: 0) }
        #expect(
            kinds == [
                "registered", "signed-in", "sign-in-failed", "api-key-created", "api-key-deleted", "signed-out",
                "password-changed",
            ])
        #expect(try await verified(ann.person.workspaceID, auth) == (7, 7))
    }

    @Test func `entries made at once form one chain`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<24 {
                group.addTask {
                    if index % 3 == 0 {
                        _ = try? await auth.logIn(ann.person.email, password: "wrong1")
                    } else {
                        _ = try await auth.logIn(ann.person.email)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await verified(ann.person.workspaceID, auth) == (25, 25))
    }

    @Test func `an entry that the owner of the tables changed is found`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        for _ in 0..<4 { _ = try await auth.logIn(ann.person.email) }
        let workspaceID = ann.person.workspaceID
        #expect(try await verified(workspaceID, auth) == (5, 5))
        try await auth.owner.query(
            "UPDATE auth.audit SET address = '203.0.113.9' WHERE workspace_id = \(workspaceID) AND number = 3")
        #expect(try await verified(workspaceID, auth) == (2, 5))
        try await auth.owner.query("DELETE FROM auth.audit WHERE workspace_id = \(workspaceID) AND number = 2")
        #expect(try await verified(workspaceID, auth) == (1, 4))
    }

    @Test func `failed sign-ins with unknown e-mails are kept without the e-mail`() async throws {
        let auth = try await AuthDatabase()
        for _ in 0..<3 { _ = try? await auth.logIn("nobody-knows@example.com") }
        #expect(try await verified(AuditEntry.nobody, auth) == (3, 3))
        #expect(
            try await auth.value(
                "SELECT count(*) FROM auth.audit AS a WHERE a::text LIKE '%nobody-knows%'", as: Int.self) == 0)
    }
}
