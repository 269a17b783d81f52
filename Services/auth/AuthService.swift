import Contracts
import ServiceHost
import ServiceLifecycle
import ServiceRuntime

/// Who may do what: people, sessions, API keys, and what was revoked. The table of contents of the service.
enum AuthService {
    static let definition = ServiceDefinition(
        name: AuthEvents.name, settings: AuthSettings.all, migrations: migrations,
        commands: ["verify-audit": verifyAudit], build: build)

    /// Number 2 and on.
    static let migrations = [
        (name: "0002_create_people.sql", sql: PackageResources._002_create_people_sql),
        (name: "0003_check_audit.sql", sql: PackageResources._003_check_audit_sql),
        (name: "0004_refresh_tokens.sql", sql: PackageResources._004_refresh_tokens_sql),
    ]

    @Sendable private static func verifyAudit(_ host: ServiceHost) async throws -> Int32 {
        try await VerifyAuditCommand(check: AuditCheck(log: PostgresAudit(jobs: host.jobs))).run()
    }

    private static func build(_ host: ServiceHost) async throws -> [any Service] {
        let settings = host.settings
        let store = PostgresAuthStore(
            database: host.database, jobs: host.jobs, masterKey: MasterKey(settings[AuthSettings.masterKey].revealed))
        let terms = TokenTerms(
            tokenSeconds: settings[AuthSettings.jwtExpirationHours] * 3600,
            sessionSeconds: settings[AuthSettings.jwtRefreshExpirationDays] * 86_400)
        let tokens = await AccessTokens(
            secret: settings[AuthSettings.jwtSecretKey].revealed, audience: settings[AuthSettings.jwtAudience],
            terms: terms)
        let passwords = try HashingThreads(cost: settings[AuthSettings.bcryptCost])
        AuthMetrics.add(of: passwords, to: host.metrics)
        let rules = PasswordRules(shortest: settings[AuthSettings.passwordMinLength])
        serveSignIn(host, store, passwords: passwords, rules: rules, tokens: tokens)
        serveKeys(host, store, terms: terms)
        host.serveEvents(of: AuthEvents.self)
        return [AuthSweeper(store: store, logger: host.logger)]
    }

    private static func serveSignIn(
        _ host: ServiceHost, _ store: PostgresAuthStore, passwords: any PasswordHashing, rules: PasswordRules,
        tokens: AccessTokens
    ) {
        let register = RegisterHandler(accounts: store, passwords: passwords, rules: rules, tokens: tokens)
        host.serve(Register.self, register.handle)
        host.serve(OpenAccount.self, register.open)
        host.serve(
            LogIn.self, LogInHandler(accounts: store, sessions: store, passwords: passwords, tokens: tokens).handle)
        host.serve(RenewToken.self, RenewTokenHandler(sessions: store, tokens: tokens).handle)
        host.serve(
            RedeemRefreshToken.self,
            RedeemRefreshTokenHandler(sessions: store, tokens: tokens, announce: announcing(host)).handle)
        host.serve(
            LogOut.self, LogOutHandler(sessions: store, terms: tokens.terms, announce: announcing(host)).handle)
        host.serve(GetMe.self, GetMeHandler(accounts: store).handle)
    }

    private static func serveKeys(_ host: ServiceHost, _ store: PostgresAuthStore, terms: TokenTerms) {
        host.serve(CreateAPIKey.self, CreateAPIKeyHandler(keys: store).handle)
        host.serve(ListAPIKeys.self, ListAPIKeysHandler(keys: store).handle)
        host.serve(
            DeleteAPIKey.self, DeleteAPIKeyHandler(keys: store, terms: terms, announce: announcing(host)).handle)
        host.serve(CheckAPIKey.self, CheckAPIKeyHandler(keys: store).handle)
        host.serve(NoteAPIKeyUse.self, NoteAPIKeyUseHandler(keys: store).handle)
        host.serve(ListRevocations.self, ListRevocationsHandler(revocations: store).handle)
    }

    private static func announcing(_ host: ServiceHost) -> @Sendable (WorkspaceID) -> Void {
        { host.announce(AuthEvents.self, workspaceID: $0) }
    }
}
