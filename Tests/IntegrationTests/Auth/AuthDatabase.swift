import Bus
import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import ServiceHost
import TestSupport

@testable import auth

/// The auth service's tables in a database of their own, and its handlers over them.
final class AuthDatabase: Sendable {
    /// As the service, as its jobs, and as the owner of the tables, whom no policy binds.
    let database: Database
    let jobs: Database
    let owner: Database
    let store: PostgresAuthStore
    let passwords: HashingThreads
    let tokens: AccessTokens
    let announced = AuthAnnouncements()

    private static let silence = Logger(label: "auth") { _ in SwiftLogNoOpLogHandler() }
    private static let sharedDatabase = Task { try await AuthDatabase() }

    /// The one that tests share, each with workspaces of its own.
    static func shared() async throws -> AuthDatabase {
        try await sharedDatabase.value
    }

    init(cost: Int = 4) async throws {
        let postgres = try await TemporaryPostgres.shared()
        let name = try await postgres.createDatabase()
        let ownerURL = postgres.url(database: name)
        let roles = try RoleSetup(service: "auth", password: "secret", jobsPassword: "secret", logger: Self.silence)
        try await roles.run(on: DatabaseConfiguration(url: ownerURL))
        var migrations = [
            try Migration(name: EventLogMigration.name, sql: EventLogMigration.sql(for: "auth"))
        ]
        for (name, sql) in AuthService.migrations { migrations.append(try Migration(name: name, sql: sql)) }
        try await Migrator(schema: "auth", migrations: migrations, logger: Self.silence)
            .run(on: DatabaseConfiguration(url: ownerURL))
        func open(_ user: String) throws -> Database {
            var configuration = DatabaseConfiguration(url: postgres.url(database: name, user: user))
            configuration.keptConnections = 2
            configuration.extraConnections = 8
            configuration.acquireTimeout = .seconds(60)
            return try Database(configuration: configuration, logger: Self.silence)
        }
        (database, jobs, owner) = (try open("auth"), try open("auth_jobs"), try open("owner"))
        store = PostgresAuthStore(
            database: database, jobs: jobs, masterKey: MasterKey("a master key of thirty-two bytes or more"))
        passwords = try HashingThreads(cost: cost)
        tokens = await AccessTokens(
            secret: "a secret of more than thirty-two bytes", audience: "voicera-api", terms: TokenTerms())
    }

    // MARK: What a gateway asks

    /// An e-mail that no other test has.
    func newEmail() -> String {
        "p-\(UUID().uuidString.lowercased())@example.com"
    }

    func register(_ email: String? = nil, password: String = "password123") async throws -> SignedIn {
        let handler = RegisterHandler(accounts: store, passwords: passwords, rules: PasswordRules(), tokens: tokens)
        return try await handler.handle(
            Register(
                email: email ?? newEmail(), password: password, name: nil, workspaceName: nil, clientHint: "voicera",
                origin: ClientOrigin(address: "192.0.2.7", userAgent: "curl/8")), from: .anonymous)
    }

    func logIn(_ email: String, password: String = "password123") async throws -> SignedIn {
        let handler = LogInHandler(accounts: store, sessions: store, passwords: passwords, tokens: tokens)
        return try await handler.handle(
            LogIn(
                email: email, password: password, origin: ClientOrigin(address: "192.0.2.7", userAgent: "curl/8")),
            from: .anonymous)
    }

    func renew(_ signedIn: SignedIn, _ key: IdempotencyKey? = nil) async throws -> Outcome<SignedIn> {
        try await RenewTokenHandler(sessions: store, tokens: tokens)
            .handle(RenewToken(idempotency: key), from: caller(signedIn))
    }

    func redeem(_ refreshToken: String?, at now: Timestamp? = nil) async throws -> SignedIn {
        var handler = RedeemRefreshTokenHandler(sessions: store, tokens: tokens, announce: announced.add)
        if let now { handler.now = { now } }
        return try await handler.handle(
            RedeemRefreshToken(
                refreshToken: refreshToken ?? "", origin: ClientOrigin(address: "192.0.2.7", userAgent: "curl/8")),
            from: .anonymous)
    }

    func logOut(_ signedIn: SignedIn) async throws {
        let handler = LogOutHandler(sessions: store, terms: tokens.terms, announce: announced.add)
        _ = try await handler.handle(LogOut(), from: caller(signedIn))
    }

    func createKey(
        _ signedIn: SignedIn, scopes: Scopes = .writeCalls, _ key: IdempotencyKey? = nil
    ) async throws -> Outcome<CreatedAPIKey> {
        try await CreateAPIKeyHandler(keys: store).handle(
            CreateAPIKey(name: "Voice server", scopes: scopes, expiresInDays: 30, idempotency: key),
            from: caller(signedIn))
    }

    func deleteKey(_ signedIn: SignedIn, _ id: APIKeyID) async throws {
        let handler = DeleteAPIKeyHandler(keys: store, terms: tokens.terms, announce: announced.add)
        _ = try await handler.handle(DeleteAPIKey(id: id), from: caller(signedIn))
    }

    func check(_ secret: String) async throws -> APIKeyGrant {
        try await CheckAPIKeyHandler(keys: store).handle(CheckAPIKey(secret: secret), from: .service("gateway"))
    }

    func raiseGeneration(_ signedIn: SignedIn) async throws -> Int {
        try await GenerationRaise(accounts: store, terms: tokens.terms, announce: announced.add).perform(
            on: signedIn.person.id, in: signedIn.person.workspaceID, because: .passwordChanged, by: "anonymous",
            at: .now())
    }

    func caller(_ signedIn: SignedIn) -> Caller {
        Caller(
            identity: .person(signedIn.person.id.uuid, session: signedIn.sessionID.uuid),
            workspaceID: signedIn.person.workspaceID.uuid, scopes: signedIn.person.role.scopes.rawValue)
    }

    // MARK: What tests look at

    /// The only value that the owner reads.
    func value<Value: SQLValue>(_ statement: Statement, as type: Value.Type = Value.self) async throws -> Value {
        try await owner.query(statement)[0].decode(at: 0)
    }

    /// The code of the fault that the body throws; nil when it throws none.
    func faultCode(_ body: () async throws -> Void) async -> FaultCode? {
        do {
            try await body()
            return nil
        } catch let fault as Fault {
            return fault.entry
        } catch {
            return .unexpected
        }
    }

    func newKey(body: UInt8 = 0) -> IdempotencyKey {
        let digest = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        return IdempotencyKey(digest: digest, fingerprint: [UInt8](repeating: body, count: 32))
    }

    /// The tables of the schema that hold what people own.
    static let tables = [
        "people", "workspaces", "memberships", "sessions", "refresh_tokens", "password_resets", "mails", "invitations",
        "api_keys", "revocations", "audit",
        "audit_heads",
        "idempotency", "events",
    ]
}

/// The workspaces whose followers were told.
final class AuthAnnouncements: @unchecked Sendable {
    private let lock = NSLock()
    private var workspaces: [WorkspaceID] = []

    @Sendable func add(_ id: WorkspaceID) {
        lock.withLock { workspaces.append(id) }
    }

    func count(of id: WorkspaceID) -> Int {
        lock.withLock { workspaces.count { $0 == id } }
    }
}
