import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import auth

struct AuthRefreshTests {
    private func lines(_ auth: AuthDatabase, of signedIn: SignedIn, where condition: String = "true") async throws
        -> Int
    {
        try await auth.value(
            """
            SELECT count(*) FROM auth.refresh_tokens
            WHERE session_id = \(signedIn.sessionID) AND \(unsafe: condition)
            """)
    }

    @Test func `two hundred uses of one token at once leave one good line and give one answer`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        // Of one moment, however long the machine takes for all of them.
        let now = Timestamp.now()
        let answers = try await withThrowingTaskGroup(of: SignedIn.self) { group in
            for _ in 0..<200 { group.addTask { try await auth.redeem(ann.refreshToken, at: now) } }
            return try await group.reduce(into: Set<String>()) { $0.insert("\($1)") }
        }
        #expect(answers.count == 1)
        #expect(try await lines(auth, of: ann) == 2)
        #expect(try await lines(auth, of: ann, where: "used_at IS NULL") == 1)
        #expect(try await auth.events(of: ann.person.workspaceID).isEmpty)
        _ = try await auth.renew(ann)
    }

    @Test func `of two hundred uses of a spent token one ends the session, and all are refused`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let next = try await auth.redeem(ann.refreshToken)
        _ = try await auth.redeem(next.refreshToken)
        let codes = await withTaskGroup(of: FaultCode?.self) { group in
            for _ in 0..<200 {
                group.addTask { await auth.faultCode { _ = try await auth.redeem(ann.refreshToken) } }
            }
            return await group.reduce(into: Set<FaultCode?>()) { $0.insert($1) }
        }
        #expect(codes == [.tokenInvalid])
        let events = try await auth.events(of: ann.person.workspaceID)
        #expect(events.map(\.sessionID) == [ann.sessionID])
        #expect(auth.announced.count(of: ann.person.workspaceID) == 1)
        #expect(await auth.faultCode { _ = try await auth.renew(ann) } == .tokenInvalid)
        let kinds = try await auth.owner.query(
            "SELECT kind FROM auth.audit WHERE workspace_id = \(ann.person.workspaceID) ORDER BY number")
        #expect(try kinds.map { try $0.decode(String.self, at: 0) } == ["registered", "refresh-token-reused"])
    }

    @Test func `the answer is kept sealed, for ten seconds, until its token is used`() async throws {
        // What is swept at a later time must be this test's alone.
        let auth = try await AuthDatabase()
        let ann = try await auth.register()
        let start = Timestamp.now()
        let first = try await auth.redeem(ann.refreshToken, at: start)
        let stored = try await auth.value(
            "SELECT answer FROM auth.refresh_tokens WHERE session_id = \(ann.sessionID) AND answer IS NOT NULL",
            as: [UInt8].self)
        for secret in [first.token, first.refreshToken ?? "", ann.person.email] {
            #expect(stored.firstRange(of: Array(secret.utf8)) == nil)
        }
        #expect(try await auth.redeem(ann.refreshToken, at: start.adding(seconds: 10)) == first)
        let second = try await auth.redeem(first.refreshToken, at: start.adding(seconds: 11))
        #expect(try await lines(auth, of: ann, where: "answer IS NOT NULL") == 1)
        _ = try await auth.store.sweep(at: start.adding(seconds: 30))
        #expect(try await lines(auth, of: ann, where: "answer IS NOT NULL") == 0)
        // Swept or not, it is spent.
        #expect(
            await auth.faultCode { _ = try await auth.redeem(first.refreshToken, at: start.adding(seconds: 12)) }
                == .tokenInvalid)
        _ = try await auth.redeem(second.refreshToken, at: start.adding(seconds: 40))
    }

    @Test func `after ten seconds a spent token ends the session`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let start = Timestamp.now()
        let next = try await auth.redeem(ann.refreshToken, at: start)
        #expect(
            await auth.faultCode { _ = try await auth.redeem(ann.refreshToken, at: start.adding(seconds: 11)) }
                == .tokenInvalid)
        #expect(await auth.faultCode { _ = try await auth.redeem(next.refreshToken) } == .tokenInvalid)
        #expect(await auth.faultCode { _ = try await auth.renew(ann) } == .tokenInvalid)
    }

    @Test func `refresh tokens go with their session`() async throws {
        let auth = try await AuthDatabase()
        let ann = try await auth.register()
        _ = try await auth.redeem(ann.refreshToken)
        _ = try await auth.store.sweep(at: .now().adding(seconds: 61 * 86_400))
        #expect(try await lines(auth, of: ann) == 0)
    }
}
