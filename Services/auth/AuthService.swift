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
        (name: "0005_mail_and_password_resets.sql", sql: PackageResources._005_mail_and_password_resets_sql),
        (name: "0006_invitations.sql", sql: PackageResources._006_invitations_sql),
        (name: "0007_spend_tickets.sql", sql: PackageResources._007_spend_tickets_sql),
    ]

    @Sendable private static func verifyAudit(_ host: ServiceHost) async throws -> Int32 {
        try await VerifyAuditCommand(check: AuditCheck(log: PostgresAudit(jobs: host.jobs))).run()
    }

    private static func build(_ host: ServiceHost) async throws -> [any Service] {
        let parts = try await AuthParts(host)
        AuthMetrics.add(of: parts.passwords, to: host.metrics)
        serveSignIn(host, parts)
        servePasswords(host, parts)
        serveOwnSessions(host, parts)
        serveWorkspace(host, parts)
        serveKeys(host, parts)
        host.serveEvents(of: AuthEvents.self)
        let counts = MailCounts()
        AuthMetrics.add(of: counts, to: host.metrics)
        return [
            AuthSweeper(store: parts.store, logger: host.logger), RetentionLoop(host: host),
            MailLoop(
                mails: parts.store, delivery: try MailSettings.delivery(host.settings), counts: counts,
                bell: parts.bell, logger: host.logger),
        ]
    }

    private static func serveSignIn(_ host: ServiceHost, _ parts: AuthParts) {
        let (store, tokens) = (parts.store, parts.tokens)
        let register = RegisterHandler(
            accounts: store, passwords: parts.passwords, rules: parts.rules, tokens: tokens)
        host.serve(Register.self, register.handle)
        host.serve(OpenAccount.self, register.open)
        host.serve(
            LogIn.self,
            LogInHandler(accounts: store, sessions: store, passwords: parts.passwords, tokens: tokens).handle)
        host.serve(RenewToken.self, RenewTokenHandler(sessions: store, tokens: tokens).handle)
        host.serve(
            RedeemRefreshToken.self,
            RedeemRefreshTokenHandler(sessions: store, tokens: tokens, announce: parts.announce).handle)
        host.serve(
            LogOut.self, LogOutHandler(sessions: store, terms: tokens.terms, announce: parts.announce).handle)
        host.serve(GetMe.self, GetMeHandler(accounts: store).handle)
    }

    private static func servePasswords(_ host: ServiceHost, _ parts: AuthParts) {
        host.serve(
            AskPasswordReset.self,
            AskPasswordResetHandler(
                accounts: parts.store, resets: parts.store, letters: parts.letters, mailStored: parts.bell.ring
            ).handle)
        host.serve(
            ResetPassword.self,
            ResetPasswordHandler(
                resets: parts.store, passwords: parts.passwords, rules: parts.rules, terms: parts.tokens.terms,
                letters: parts.letters, announce: parts.announce, mailStored: parts.bell.ring
            ).handle)
    }

    private static func serveOwnSessions(_ host: ServiceHost, _ parts: AuthParts) {
        let store = parts.store
        host.serve(ListSessions.self, ListSessionsHandler(sessions: store).handle)
        host.serve(
            EndSession.self,
            EndSessionHandler(sessions: store, terms: parts.tokens.terms, announce: parts.announce).handle)
        host.serve(
            SwitchWorkspace.self,
            SwitchWorkspaceHandler(accounts: store, sessions: store, tokens: parts.tokens).handle)
    }

    private static func serveWorkspace(_ host: ServiceHost, _ parts: AuthParts) {
        let (store, terms, announce) = (parts.store, parts.tokens.terms, parts.announce)
        host.serve(GetWorkspace.self, GetWorkspaceHandler(workspaces: store).handle)
        host.serve(UpdateWorkspace.self, UpdateWorkspaceHandler(workspaces: store, announce: announce).handle)
        host.serve(ListMembers.self, ListMembersHandler(members: store).handle)
        host.serve(UpdateMember.self, UpdateMemberHandler(members: store, terms: terms, announce: announce).handle)
        host.serve(RemoveMember.self, RemoveMemberHandler(members: store, terms: terms, announce: announce).handle)
        host.serve(
            InviteMember.self,
            InviteMemberHandler(
                members: store, workspaces: store, letters: parts.letters, mailStored: parts.bell.ring
            ).handle)
        host.serve(
            AcceptInvitation.self,
            AcceptInvitationHandler(
                accounts: store, members: store, passwords: parts.passwords, rules: parts.rules
            ).handle)
    }

    private static func serveKeys(_ host: ServiceHost, _ parts: AuthParts) {
        let store = parts.store
        host.serve(CreateAPIKey.self, CreateAPIKeyHandler(keys: store).handle)
        host.serve(ListAPIKeys.self, ListAPIKeysHandler(keys: store).handle)
        host.serve(
            DeleteAPIKey.self,
            DeleteAPIKeyHandler(keys: store, terms: parts.tokens.terms, announce: parts.announce).handle)
        host.serve(CheckAPIKey.self, CheckAPIKeyHandler(keys: store).handle)
        host.serve(NoteAPIKeyUse.self, NoteAPIKeyUseHandler(keys: store).handle)
        host.serve(SpendTicket.self, SpendTicketHandler(tickets: store).handle)
        host.serve(ListRevocations.self, ListRevocationsHandler(revocations: store).handle)
    }
}

/// What the handlers are made of.
private struct AuthParts: Sendable {
    let store: PostgresAuthStore
    let passwords: HashingThreads
    let rules: PasswordRules
    let tokens: AccessTokens
    let letters: Letters
    let bell = MailBell()
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void

    init(_ host: ServiceHost) async throws {
        let settings = host.settings
        store = PostgresAuthStore(
            database: host.database, jobs: host.jobs, masterKey: MasterKey(settings[AuthSettings.masterKey].revealed))
        tokens = await AccessTokens(
            secret: settings[AuthSettings.jwtSecretKey].revealed, audience: settings[AuthSettings.jwtAudience],
            terms: TokenTerms(
                tokenSeconds: settings[AuthSettings.jwtExpirationHours] * 3600,
                sessionSeconds: settings[AuthSettings.jwtRefreshExpirationDays] * 86_400))
        passwords = try HashingThreads(cost: settings[AuthSettings.bcryptCost])
        rules = PasswordRules(shortest: settings[AuthSettings.passwordMinLength])
        letters = MailSettings.letters(settings)
        announce = { host.announce(AuthEvents.self, workspaceID: $0) }
    }
}
