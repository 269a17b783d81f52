import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import auth

struct AuthAccountTests {
    @Test func `of 50 registrations of one e-mail at once one succeeds and the rest leave nothing`() async throws {
        let auth = try await AuthDatabase()
        let lower = auth.newEmail()
        let codes = await withTaskGroup(of: FaultCode?.self) { group in
            for index in 0..<50 {
                let email = index % 3 == 0 ? lower : index % 3 == 1 ? lower.uppercased() : " \(lower.capitalized)"
                group.addTask { await auth.faultCode { _ = try await auth.register(email) } }
            }
            return await group.reduce(into: [FaultCode?]()) { $0.append($1) }
        }
        #expect(codes.filter { $0 == nil }.count == 1)
        #expect(codes.filter { $0 == .emailTaken }.count == 49)
        for table in ["people", "workspaces", "memberships", "sessions", "audit"] {
            #expect(try await auth.value("SELECT count(*) FROM auth.\(unsafe: table)", as: Int.self) == 1, "\(table)")
        }
        #expect(try await auth.value("SELECT email FROM auth.people", as: String.self) == lower)
    }

    @Test func `whoever registered signs in, is somebody, renews and leaves`() async throws {
        let auth = try await AuthDatabase.shared()
        let email = auth.newEmail()
        let registered = try await auth.register(email)
        let signedIn = try await auth.logIn(email.uppercased())
        #expect(signedIn.person == registered.person && signedIn.sessionID != registered.sessionID)
        let me = try await GetMeHandler(accounts: auth.store).handle(GetMe(), from: auth.caller(signedIn))
        #expect(me == registered.person && me.role == .admin && me.email == email)
        #expect(try await auth.renew(signedIn).value.sessionID == signedIn.sessionID)
        try await auth.logOut(signedIn)
        #expect(await auth.faultCode { _ = try await auth.renew(signedIn) } == .tokenInvalid)
        _ = try await auth.renew(registered)
    }

    @Test func `a password is kept as a hash`() async throws {
        let auth = try await AuthDatabase.shared()
        for (password, scheme) in [
            ("pass\u{e9}word1", "bcrypt"), (String(repeating: "p", count: 73), "bcrypt-sha256"),
            ("nul\u{0}nul", "bcrypt-sha256"),
        ] {
            let signedIn = try await auth.register(password: password)
            let (hash, kept) = try await auth.owner.query(
                "SELECT password_hash, password_scheme FROM auth.people WHERE id = \(signedIn.person.id)"
            )[0].decode((String, String).self)
            #expect(hash.hasPrefix("$2b$04$") && hash.count == 60 && kept == scheme)
            _ = try await auth.logIn(signedIn.person.email, password: password)
            #expect(
                await auth.faultCode { _ = try await auth.logIn(signedIn.person.email, password: password + "x") }
                    == .credentialsInvalid)
        }
    }

    @Test func `a cheaper hash is replaced at the next sign-in`() async throws {
        let auth = try await AuthDatabase.shared()
        let signedIn = try await auth.register()
        let stronger = try HashingThreads(cost: 5)
        let handler = LogInHandler(
            accounts: auth.store, sessions: auth.store, passwords: stronger, tokens: auth.tokens)
        let request = LogIn(
            email: signedIn.person.email, password: "password123", origin: ClientOrigin(address: "", userAgent: ""))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { _ = try? await handler.handle(request, from: .anonymous) } }
        }
        let hash = try await auth.value(
            "SELECT password_hash FROM auth.people WHERE id = \(signedIn.person.id)", as: String.self)
        #expect(hash.hasPrefix("$2b$05$"))
        _ = try await auth.logIn(signedIn.person.email)
    }

    @Test func `a sign-in goes to the workspace used last that is open`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let host = try await auth.register()
        try await auth.owner.query(
            """
            INSERT INTO auth.memberships (workspace_id, person_id, role, created_at, last_used_at)
            VALUES (\(host.person.workspaceID), \(ann.person.id), 'user', now(), now() + interval '1 minute')
            """)
        let guest = try await auth.logIn(ann.person.email)
        #expect(guest.person.workspaceID == host.person.workspaceID && guest.person.role == .user)
        try await auth.owner.query(
            "UPDATE auth.memberships SET is_active = false WHERE person_id = \(ann.person.id) AND role = 'user'")
        #expect(await auth.faultCode { _ = try await auth.renew(guest) } == .tokenInvalid)
        #expect(try await auth.logIn(ann.person.email).person == ann.person)
        try await auth.owner.query(
            "UPDATE auth.workspaces SET closed_at = now() WHERE id = \(ann.person.workspaceID)")
        #expect(await auth.faultCode { _ = try await auth.logIn(ann.person.email) } == .accountInactive)
    }

    @Test func `a disabled account is named only to whoever knows its password`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        try await auth.owner.query("UPDATE auth.people SET is_active = false WHERE id = \(ann.person.id)")
        #expect(await auth.faultCode { _ = try await auth.logIn(ann.person.email) } == .accountInactive)
        #expect(
            await auth.faultCode { _ = try await auth.logIn(ann.person.email, password: "wrong1") }
                == .credentialsInvalid)
        #expect(await auth.faultCode { _ = try await auth.renew(ann) } == .tokenInvalid)
    }

    @Test func `a sign-in that was overtaken by a change of the person stores nothing`() async throws {
        let auth = try await AuthDatabase.shared()
        let ann = try await auth.register()
        let session = Session(
            of: ann.person.id, in: ann.person.workspaceID, generation: 0,
            origin: ClientOrigin(address: "", userAgent: ""), tokens: TokenTerms(), at: .now())
        _ = try await auth.raiseGeneration(ann)
        #expect(
            await auth.faultCode { _ = try await auth.store.begin(SignIn(begun: NewSession(session))) } == .unavailable)
        #expect(
            try await auth.value("SELECT count(*) FROM auth.sessions WHERE id = \(session.id)", as: Int.self) == 0)
    }

    /// Generous bounds: what is looked for is a skipped hash, which would be a factor of ten and more.
    @Test func `an unknown e-mail takes as long as a wrong password, also for an old and cheap hash`() async throws {
        let auth = try await AuthDatabase(cost: 8)
        let ann = try await auth.register()
        let old = try await auth.register()
        let cheap = try await HashingThreads(cost: 4).hash("password123")
        try await auth.owner.query(
            "UPDATE auth.people SET password_hash = \(cheap.text) WHERE id = \(old.person.id)")
        var times: [String: [Duration]] = [:]
        for _ in 0..<15 {
            for email in [ann.person.email, "nobody@example.com", old.person.email] {
                let start = ContinuousClock.now
                #expect(
                    await auth.faultCode { _ = try await auth.logIn(email, password: "wrong-1") }
                        == .credentialsInvalid)
                times[email, default: []].append(ContinuousClock.now - start)
            }
        }
        let medians = times.mapValues { $0.sorted()[$0.count / 2] }
        let wrong = try #require(medians[ann.person.email])
        for (email, median) in medians {
            #expect(median / wrong > 0.4 && median / wrong < 2.5, "\(email): \(median) against \(wrong)")
        }
    }
}
