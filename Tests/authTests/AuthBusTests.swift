import Bus
import Contracts
import Logging
import Testing

@testable import auth

struct AuthBusTests {
    @Test func `every question and answer survives the bus`() async throws {
        let auth = try await AuthFixture()
        let store = auth.store
        let bus = InMemoryBus(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let register = RegisterHandler(
            accounts: store, passwords: auth.passwords, rules: PasswordRules(), tokens: auth.tokens)
        let logIn = LogInHandler(accounts: store, sessions: store, passwords: auth.passwords, tokens: auth.tokens)
        bus.serve(Register.self, register.handle)
        bus.serve(LogIn.self, logIn.handle)
        bus.serve(OpenAccount.self, register.open)
        bus.serve(
            RedeemRefreshToken.self,
            RedeemRefreshTokenHandler(sessions: store, tokens: auth.tokens, announce: { _ in }).handle)
        bus.serve(RenewToken.self, RenewTokenHandler(sessions: store, tokens: auth.tokens).handle)
        bus.serve(LogOut.self, LogOutHandler(sessions: store, terms: auth.tokens.terms, announce: { _ in }).handle)
        bus.serve(GetMe.self, GetMeHandler(accounts: store).handle)
        bus.serve(CreateAPIKey.self, CreateAPIKeyHandler(keys: store).handle)
        bus.serve(ListAPIKeys.self, ListAPIKeysHandler(keys: store).handle)
        bus.serve(
            DeleteAPIKey.self, DeleteAPIKeyHandler(keys: store, terms: auth.tokens.terms, announce: { _ in }).handle)
        bus.serve(CheckAPIKey.self, CheckAPIKeyHandler(keys: store).handle)
        bus.serve(NoteAPIKeyUse.self, NoteAPIKeyUseHandler(keys: store).handle)
        bus.serve(ListRevocations.self, ListRevocationsHandler(revocations: store).handle)

        let registered = try await bus.ask(
            Register(
                email: "ann@example.com", password: "password123", name: nil, workspaceName: "Dental",
                clientHint: "voicera", origin: auth.origin), as: .anonymous)
        let signedIn = try await bus.ask(
            LogIn(email: "ann@example.com", password: "password123", origin: auth.origin), as: .anonymous)
        #expect(signedIn.person == registered.person && signedIn.person.workspaceName == "Dental")
        let caller = signedIn.caller
        #expect(try await bus.ask(GetMe(), as: caller) == signedIn.person)
        let refreshed = try await bus.ask(
            RedeemRefreshToken(refreshToken: signedIn.refreshToken ?? "", origin: auth.origin), as: .anonymous)
        #expect(refreshed.person == signedIn.person && refreshed.refreshToken != nil)
        let renewed = try await bus.ask(RenewToken(idempotency: .test(1)), as: caller)
        #expect(
            try await bus.ask(RenewToken(idempotency: .test(1)), as: caller) == Outcome(renewed.value, isReplayed: true)
        )

        let created = try await bus.ask(
            CreateAPIKey(name: "Key", scopes: [.readCalls, .admin], expiresInDays: 7, idempotency: .test(2)), as: caller
        ).value
        #expect(try await bus.ask(ListAPIKeys(), as: caller).keys == [created.record])
        let gateway = Caller.service("gateway")
        let grant = try await bus.ask(CheckAPIKey(secret: created.secret), as: gateway)
        #expect(grant.scopes == [.readCalls, .admin] && grant.expiresAt == created.record.expiresAt)
        let use = NoteAPIKeyUse.Use(id: grant.id, workspaceID: grant.workspaceID, at: created.record.createdAt)
        #expect(try await bus.ask(NoteAPIKeyUse(uses: [use]), as: gateway) == Done())
        #expect(try await bus.ask(ListAPIKeys(), as: caller).keys[0].lastUsedAt == use.at)
        #expect(try await bus.ask(DeleteAPIKey(id: grant.id), as: caller) == Done())
        #expect(try await bus.ask(LogOut(), as: caller) == Done())
        let revoked = try await bus.ask(ListRevocations(), as: gateway)
        #expect(revoked.entries.map(\.apiKeyID) == [grant.id, nil])
        #expect(revoked.entries.map(\.sessionID) == [nil, signedIn.sessionID])
        #expect(revoked.positions.count == EventPartition.count && revoked.positions.reduce(0, +) == 2)
    }
}
