import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import auth

struct AuthAPIKeyTests {
    @Test func `a key opens its workspace until it is deleted`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let created = try await auth.createKey(ann, scopes: [.readCalls, .writeCalls]).value
        let grant = try await auth.check(created.secret)
        #expect(grant.id == created.record.id && grant.workspaceID == ann.person.workspaceID)
        #expect(grant.scopes == [.readCalls, .writeCalls] && grant.clientHint == "voicera")
        #expect(grant.expiresAt == created.record.expiresAt)
        let listed = try await ListAPIKeysHandler(keys: auth.store).handle(ListAPIKeys(), from: auth.caller(ann))
        #expect(listed.keys == [created.record])
        try await auth.deleteKey(ann, created.record.id)
        #expect(await auth.faultCode { _ = try await auth.check(created.secret) } == .tokenInvalid)
        #expect(await auth.faultCode { try await auth.deleteKey(ann, created.record.id) } == .apiKeyNotFound)
        let event = try await auth.events(of: ann.person.workspaceID)[0]
        #expect(event.apiKeyID == created.record.id && event.sessionID == nil)
        #expect(auth.announced.count(of: ann.person.workspaceID) == 1)
    }

    @Test func `an expired key and one of a closed workspace open nothing`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let created = try await auth.createKey(ann).value
        let later = CheckAPIKeyHandler(keys: auth.store, now: { .now().adding(seconds: 30 * 86_400) })
        #expect(
            await auth.faultCode {
                _ = try await later.handle(CheckAPIKey(secret: created.secret), from: .service("gateway"))
            } == .tokenInvalid)
        _ = try await auth.check(created.secret)
        try await auth.owner.query(
            "UPDATE auth.workspaces SET closed_at = now() WHERE id = \(ann.person.workspaceID)")
        #expect(await auth.faultCode { _ = try await auth.check(created.secret) } == .tokenInvalid)
    }

    @Test func `the secret is shown again to a repeated request and stored nowhere in the clear`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let key = auth.newKey()
        let first = try await auth.createKey(ann, key)
        let second = try await auth.createKey(ann, key)
        #expect(!first.isReplayed && second.isReplayed && second.value == first.value)
        #expect(
            try await auth.value(
                "SELECT count(*) FROM auth.api_keys WHERE workspace_id = \(ann.person.workspaceID)", as: Int.self) == 1)
        let secret = first.value.secret
        for table in AuthDatabase.tables {
            let rows = try await auth.value(
                """
                SELECT count(*) FROM auth.\(unsafe: table) AS t WHERE position(\(secret) IN t::text) > 0
                OR position(encode(convert_to(\(secret), 'UTF8'), 'hex') IN t::text) > 0
                """, as: Int.self)
            #expect(rows == 0, "\(table)")
        }
    }

    @Test func `a key made by a key belongs to the person behind it`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let first = try await auth.createKey(ann, scopes: .admin).value
        let machine = Caller(
            identity: .apiKey(first.record.id.uuid), workspaceID: ann.person.workspaceID.uuid,
            scopes: first.record.scopes.rawValue)
        let second = try await CreateAPIKeyHandler(keys: auth.store).handle(
            CreateAPIKey(name: "Second", scopes: .readCalls, expiresInDays: nil), from: machine
        ).value
        #expect(
            try await auth.value(
                "SELECT created_by FROM auth.api_keys WHERE id = \(second.record.id)", as: PersonID.self)
                == ann.person.id)
    }

    @Test func `uses from several gateways at once only move forward`() async throws {
        let auth = try await AuthDatabase.shared()
        let (ann, bob) = (try await auth.register(), try await auth.register())
        var keys: [(APIKeyID, WorkspaceID)] = []
        for person in [ann, bob, ann, bob, ann, bob] {
            keys.append((try await auth.createKey(person).value.record.id, person.person.workspaceID))
        }
        let start = Timestamp.now().adding(seconds: -1000)
        let handler = NoteAPIKeyUseHandler(keys: auth.store)
        let known = keys
        try await withThrowingTaskGroup(of: Void.self) { group in
            for second in (0..<40).shuffled() {
                group.addTask {
                    let uses = known.shuffled().map {
                        NoteAPIKeyUse.Use(id: $0.0, workspaceID: $0.1, at: start.adding(seconds: second))
                    }
                    let unknown = NoteAPIKeyUse.Use(id: APIKeyID(UUID()), workspaceID: WorkspaceID(UUID()), at: start)
                    _ = try await handler.handle(NoteAPIKeyUse(uses: uses + [unknown]), from: .service("gateway"))
                }
            }
            try await group.waitForAll()
        }
        let older = known.map { NoteAPIKeyUse.Use(id: $0.0, workspaceID: $0.1, at: start) }
        _ = try await handler.handle(NoteAPIKeyUse(uses: older), from: .service("gateway"))
        let foreign = NoteAPIKeyUse.Use(id: keys[0].0, workspaceID: keys[1].1, at: .now())
        _ = try await handler.handle(NoteAPIKeyUse(uses: [foreign]), from: .service("gateway"))
        for (id, _) in keys {
            #expect(
                try await auth.value("SELECT last_used_at FROM auth.api_keys WHERE id = \(id)", as: Timestamp.self)
                    == start.adding(seconds: 39))
        }
    }
}
