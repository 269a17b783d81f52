import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

@testable import auth

struct AuthSessionTests {
    @Test func `a repeated renewal gets the first token again, which is stored sealed`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let key = auth.newKey()
        let first = try await auth.renew(ann, key)
        let second = try await auth.renew(ann, key)
        #expect(!first.isReplayed && second.isReplayed && second.value == first.value)
        var other = key
        other.fingerprint = [UInt8](repeating: 9, count: 32)
        #expect(await auth.faultCode { _ = try await auth.renew(ann, other) } == .keyReused)
        let stored = try await auth.value(
            "SELECT reply FROM auth.idempotency WHERE digest = \(key.digest)", as: [UInt8].self)
        #expect(stored.firstRange(of: Array(first.value.token.utf8)) == nil)
        #expect(stored.firstRange(of: Array(ann.person.email.utf8)) == nil)
        try await auth.logOut(ann)
        #expect(await auth.faultCode { _ = try await auth.renew(ann, key) } == .tokenInvalid)
    }

    @Test func `of many renewals with one key at once each gets the one token or is told to wait`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let key = auth.newKey()
        let tokens = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    do {
                        return try await auth.renew(ann, key).value.token
                    } catch let fault as Fault where fault.entry == .stillRunning {
                        return nil
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: Set<String>()) { set, token in token.map { _ = set.insert($0) } }
        }
        #expect(tokens == [try await auth.renew(ann, key).value.token])
    }

    @Test func `a session older than 30 days renews nothing`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let late = RenewTokenHandler(
            sessions: auth.store, tokens: auth.tokens, now: { .now().adding(seconds: 30 * 86_400 - 30) })
        let last = try await late.handle(RenewToken(), from: auth.caller(ann)).value
        #expect(last.expiresAt <= ann.person.createdAt.adding(seconds: 30 * 86_400))
        let tooLate = RenewTokenHandler(
            sessions: auth.store, tokens: auth.tokens, now: { .now().adding(seconds: 30 * 86_400 + 1) })
        #expect(
            await auth.faultCode { _ = try await tooLate.handle(RenewToken(), from: auth.caller(ann)) }
                == .tokenInvalid)
    }

    @Test func `many sign-outs of one session log one event`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let codes = await withTaskGroup(of: FaultCode?.self) { group in
            for _ in 0..<10 { group.addTask { await auth.faultCode { try await auth.logOut(ann) } } }
            return await group.reduce(into: [FaultCode?]()) { $0.append($1) }
        }
        #expect(codes.allSatisfy { $0 == nil })
        let workspaceID = ann.person.workspaceID
        for table in ["events", "revocations"] {
            #expect(
                try await auth.value(
                    "SELECT count(*) FROM auth.\(unsafe: table) WHERE workspace_id = \(workspaceID)", as: Int.self) == 1
            )
        }
        #expect(auth.announced.count(of: workspaceID) == 1)
        let event = try await auth.events(of: workspaceID)[0]
        #expect(event.sessionID == ann.sessionID && event.forgetAfter >= ann.expiresAt)
    }

    @Test func `a raised generation voids what the person has, in every workspace, and is logged once`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        #expect(try await auth.raiseGeneration(ann) == 1)
        #expect(await auth.faultCode { _ = try await auth.renew(ann) } == .tokenInvalid)
        let again = try await auth.logIn(ann.person.email)
        _ = try await auth.renew(again)
        #expect(try await auth.raiseGeneration(ann) == 2)
        #expect(await auth.faultCode { _ = try await auth.renew(again) } == .tokenInvalid)
        let events = try await auth.events(of: ann.person.workspaceID)
        #expect(events.map(\.generation) == [1, 2] && events.allSatisfy { $0.personID == ann.person.id })
        #expect(events[0].forgetAfter >= ann.expiresAt && events[1].forgetAfter >= again.expiresAt)
        let stranger = try await auth.register()
        let raise = GenerationRaise(accounts: auth.store, terms: TokenTerms(), announce: { _ in })
        let code = await auth.faultCode {
            try await raise.perform(
                on: ann.person.id, in: stranger.person.workspaceID, because: .roleChanged, by: "anonymous", at: .now())
        }
        #expect(code == .personNotFound)
    }

    @Test func `every snapshot of revocations holds exactly the events up to its positions`() async throws {
        let auth = try await AuthDatabase()
        let raises = 25
        var people: [SignedIn] = []
        for _ in 0..<8 { people.append(try await auth.register()) }
        let writers = people
        try await withThrowingTaskGroup(of: Void.self) { group in
            for person in writers {
                group.addTask { for _ in 0..<raises { _ = try await auth.raiseGeneration(person) } }
            }
            for _ in 0..<3 {
                group.addTask {
                    while try await auth.checkSnapshot() < writers.count * raises {}
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `a sweep removes what is over and nothing else`() async throws {
        let auth = try await AuthDatabase()
        let ann = try await auth.register()
        let bob = try await auth.register()
        let key = auth.newKey()
        _ = try await auth.renew(bob, key)
        try await auth.logOut(ann)
        #expect(try await auth.store.sweep(at: .now()) == SweptRows())
        #expect(
            try await auth.store.sweep(at: .now().adding(seconds: 86_400 + 60)) == SweptRows(revocations: 1))
        #expect(
            try await auth.store.sweep(at: .now().adding(seconds: 61 * 86_400)) == SweptRows(sessions: 2))
        try await auth.owner.query("UPDATE auth.idempotency SET created_at = now() - interval '8 days'")
        #expect(try await auth.store.sweep(at: .now()) == SweptRows(replies: 1))
        #expect(try await auth.value("SELECT sum(number)::bigint FROM auth.event_head", as: Int.self) == 1)
        #expect(try await auth.value("SELECT count(*) FROM auth.audit", as: Int.self) == 3)
    }
}

extension AuthDatabase {
    /// Checks one snapshot against the log.
    /// - Returns: how many entries it has.
    fileprivate func checkSnapshot() async throws -> Int {
        let snapshot = try await ListRevocationsHandler(revocations: store)
            .handle(ListRevocations(), from: .service("gateway"))
        #expect(snapshot.entries.count == snapshot.positions.reduce(0, +))
        let logged = try await EventReader(database: jobs, schema: "auth")
            .events(after: [Int](repeating: 0, count: EventPartition.count), limit: 4096)
            .filter { $0.number <= snapshot.positions[$0.partition] }
            .compactMap { try $0.event(AccessRevoked.self) }
        func names(_ entries: [AccessRevoked]) -> Set<String> {
            Set(entries.map { "\($0.personID?.description ?? "") \($0.generation ?? 0)" })
        }
        #expect(names(logged) == names(snapshot.entries))
        return snapshot.entries.count
    }

    /// What was logged for a workspace, in order.
    func events(of workspaceID: WorkspaceID) async throws -> [AccessRevoked] {
        let rows = try await owner.query(
            "SELECT payload FROM auth.events WHERE workspace_id = \(workspaceID) ORDER BY number")
        return try rows.map { try AccessRevoked.decoded(from: try $0.decode([UInt8].self, at: 0)) }
    }
}
