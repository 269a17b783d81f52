import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import auth

struct AuthAuditTests {
    /// The first entry of a workspace that does not follow, and how many entries there are.
    private func check(_ workspaceID: WorkspaceID, _ auth: AuthDatabase) async throws -> (broken: Int?, all: Int) {
        let finding = try await AuditCheck(log: PostgresAudit(jobs: auth.jobs), pageSize: 3).run()
        let count = try await auth.value(
            "SELECT count(*) FROM auth.audit WHERE workspace_id = \(workspaceID)", as: Int.self)
        #expect(finding.entryCount >= count && finding.workspaceCount >= 1)
        return (finding.breaks.first { $0.workspaceID == workspaceID }?.number, count)
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
        #expect(try await check(ann.person.workspaceID, auth) == (nil, 7))
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
        #expect(try await check(ann.person.workspaceID, auth) == (nil, 25))
    }

    @Test func `an entry that the owner of the tables changed is found`() async throws {
        let auth = try await AuthDatabase()
        let ann = try await auth.register()
        let ben = try await auth.register()
        for _ in 0..<4 { _ = try await auth.logIn(ann.person.email) }
        let workspaceID = ann.person.workspaceID
        #expect(try await check(workspaceID, auth) == (nil, 5))
        try await auth.owner.query("DELETE FROM auth.audit WHERE workspace_id = \(workspaceID) AND number = 5")
        #expect(try await check(workspaceID, auth) == (5, 4))
        try await auth.owner.query(
            "UPDATE auth.audit SET address = '203.0.113.9' WHERE workspace_id = \(workspaceID) AND number = 3")
        #expect(try await check(workspaceID, auth) == (3, 4))
        try await auth.owner.query("DELETE FROM auth.audit WHERE workspace_id = \(workspaceID) AND number = 2")
        #expect(try await check(workspaceID, auth) == (2, 3))
        try await auth.owner.query("DELETE FROM auth.audit WHERE workspace_id = \(workspaceID)")
        #expect(try await check(workspaceID, auth) == (5, 0))
        #expect(try await check(ben.person.workspaceID, auth) == (nil, 1))
    }

    @Test func `failed sign-ins with unknown e-mails are kept without the e-mail`() async throws {
        let auth = try await AuthDatabase()
        for _ in 0..<3 { _ = try? await auth.logIn("nobody-knows@example.com") }
        #expect(try await check(AuditEntry.nobody, auth) == (nil, 3))
        #expect(
            try await auth.value(
                "SELECT count(*) FROM auth.audit AS a WHERE a::text LIKE '%nobody-knows%'", as: Int.self) == 0)
    }
}
