import Bus
import Contracts
import Foundation

@testable import auth

/// The handlers over repositories in memory, with a clock that stands still.
final class AuthFixture: Sendable {
    static let secret = "a secret of more than thirty-two bytes"

    let store = InMemoryAuthStore()
    let clock = StoppedClock()
    let announced = Announcements()
    let passwords: HashingThreads
    let tokens: AccessTokens
    let origin = ClientOrigin(address: "192.0.2.7", userAgent: "curl/8")

    init(cost: Int = 4, terms: TokenTerms = TokenTerms()) async throws {
        passwords = try HashingThreads(cost: cost)
        tokens = await AccessTokens(secret: Self.secret, audience: "voicera-api", terms: terms)
    }

    var now: @Sendable () -> Timestamp {
        let clock = clock
        return { clock.now }
    }

    var announce: @Sendable (WorkspaceID) -> Void {
        let announced = announced
        return { announced.add($0) }
    }

    func register(
        _ email: String, password: String = "password123", name: String? = nil, workspaceName: String? = nil
    ) async throws -> SignedIn {
        let handler = RegisterHandler(
            accounts: store, passwords: passwords, rules: PasswordRules(), tokens: tokens, now: now)
        return try await handler.handle(
            Register(
                email: email, password: password, name: name, workspaceName: workspaceName, clientHint: "voicera",
                origin: origin), from: .anonymous)
    }

    func logIn(_ email: String, password: String = "password123") async throws -> SignedIn {
        let handler = LogInHandler(accounts: store, sessions: store, passwords: passwords, tokens: tokens, now: now)
        return try await handler.handle(LogIn(email: email, password: password, origin: origin), from: .anonymous)
    }

    func renew(_ caller: Caller, _ key: IdempotencyKey? = nil) async throws -> Outcome<SignedIn> {
        try await RenewTokenHandler(sessions: store, tokens: tokens, now: now)
            .handle(RenewToken(idempotency: key), from: caller)
    }

    func redeem(_ refreshToken: String?) async throws -> SignedIn {
        let handler = RedeemRefreshTokenHandler(sessions: store, tokens: tokens, announce: announce, now: now)
        return try await handler.handle(
            RedeemRefreshToken(refreshToken: refreshToken ?? "", origin: origin), from: .anonymous)
    }

    func forget(_ email: String) async throws {
        let handler = AskPasswordResetHandler(
            accounts: store, resets: store, letters: Letters(appURL: nil), mailStored: {}, answerAfter: .zero, now: now)
        _ = try await handler.handle(AskPasswordReset(email: email, origin: origin), from: .anonymous)
    }

    func sessions(_ caller: Caller) async throws -> [SessionRecord] {
        try await ListSessionsHandler(sessions: store, now: now).handle(ListSessions(), from: caller).sessions
    }

    func end(_ id: SessionID, _ caller: Caller) async throws {
        let handler = EndSessionHandler(sessions: store, terms: tokens.terms, announce: announce, now: now)
        _ = try await handler.handle(EndSession(id: id), from: caller)
    }

    func enter(_ id: WorkspaceID, _ caller: Caller, _ key: IdempotencyKey? = nil) async throws -> Outcome<SignedIn> {
        try await SwitchWorkspaceHandler(accounts: store, sessions: store, tokens: tokens, now: now)
            .handle(SwitchWorkspace(workspaceID: id, origin: origin, idempotency: key), from: caller)
    }

    func invite(
        _ email: String, _ caller: Caller, role: Role = .user, name: String? = nil, _ key: IdempotencyKey? = nil
    ) async throws -> Outcome<MemberRecord> {
        let handler = InviteMemberHandler(
            members: store, workspaces: store, letters: Letters(appURL: nil), mailStored: {}, now: now)
        return try await handler.handle(
            InviteMember(email: email, role: role, name: name, idempotency: key), from: caller)
    }

    func accept(_ token: String?, password: String? = nil, firstName: String? = nil) async throws -> JoinedWorkspace {
        let handler = AcceptInvitationHandler(
            accounts: store, members: store, passwords: passwords, rules: PasswordRules(), now: now)
        return try await handler.handle(
            AcceptInvitation(
                token: token ?? "", password: password, firstName: firstName, lastName: nil, clientHint: "x",
                origin: origin), from: .anonymous)
    }

    func members(_ caller: Caller) async throws -> [MemberRecord] {
        try await ListMembersHandler(members: store).handle(ListMembers(), from: caller).members
    }

    func change(_ id: MemberID, _ caller: Caller, role: Role? = nil, isActive: Bool? = nil) async throws
        -> MemberRecord
    {
        let handler = UpdateMemberHandler(members: store, terms: tokens.terms, announce: announce, now: now)
        return try await handler.handle(UpdateMember(id: id, role: role, isActive: isActive), from: caller)
    }

    func remove(_ id: MemberID, _ caller: Caller) async throws {
        let handler = RemoveMemberHandler(members: store, terms: tokens.terms, announce: announce, now: now)
        _ = try await handler.handle(RemoveMember(id: id), from: caller)
    }

    func change(_ change: UpdateWorkspace, _ caller: Caller) async throws -> WorkspaceRecord {
        try await UpdateWorkspaceHandler(workspaces: store, announce: announce, now: now).handle(change, from: caller)
    }

    func reset(_ token: String, to password: String) async throws {
        let handler = ResetPasswordHandler(
            resets: store, passwords: passwords, rules: PasswordRules(), terms: tokens.terms,
            letters: Letters(appURL: nil), announce: announce, mailStored: {}, now: now)
        _ = try await handler.handle(
            ResetPassword(token: token, newPassword: password, origin: origin), from: .anonymous)
    }

    /// The letters that wait, the oldest first.
    var letters: [Letter] {
        get async {
            await store.mails.values.sorted { $0.number < $1.number }.map(\.mail.letter)
        }
    }

    func logOut(_ caller: Caller) async throws {
        let handler = LogOutHandler(sessions: store, terms: tokens.terms, announce: announce, now: now)
        _ = try await handler.handle(LogOut(), from: caller)
    }

    func me(_ caller: Caller) async throws -> PersonRecord {
        try await GetMeHandler(accounts: store).handle(GetMe(), from: caller)
    }

    func createKey(
        _ caller: Caller, name: String = "Voice server", scopes: Scopes = .writeCalls, days: Int? = nil,
        key: IdempotencyKey? = nil
    ) async throws -> Outcome<CreatedAPIKey> {
        try await CreateAPIKeyHandler(keys: store, now: now).handle(
            CreateAPIKey(name: name, scopes: scopes, expiresInDays: days, idempotency: key), from: caller)
    }

    func listKeys(_ caller: Caller) async throws -> [APIKeyRecord] {
        try await ListAPIKeysHandler(keys: store).handle(ListAPIKeys(), from: caller).keys
    }

    func deleteKey(_ caller: Caller, _ id: APIKeyID) async throws {
        let handler = DeleteAPIKeyHandler(keys: store, terms: tokens.terms, announce: announce, now: now)
        _ = try await handler.handle(DeleteAPIKey(id: id), from: caller)
    }

    func check(_ secret: String) async throws -> APIKeyGrant {
        try await CheckAPIKeyHandler(keys: store, now: now).handle(
            CheckAPIKey(secret: secret), from: .service("gateway"))
    }

    func note(_ uses: [NoteAPIKeyUse.Use], from caller: Caller = .service("gateway")) async throws {
        _ = try await NoteAPIKeyUseHandler(keys: store, now: now).handle(NoteAPIKeyUse(uses: uses), from: caller)
    }

    func revocations(from caller: Caller = .service("gateway")) async throws -> Revocations {
        try await ListRevocationsHandler(revocations: store, now: now).handle(ListRevocations(), from: caller)
    }

    func raiseGeneration(_ person: PersonRecord, because reason: GenerationReason) async throws -> Int {
        try await GenerationRaise(accounts: store, terms: tokens.terms, announce: announce).perform(
            on: person.id, in: person.workspaceID, because: reason, by: "person:\(person.id)", at: clock.now)
    }
}

extension Letter {
    /// The token in it.
    var token: String? {
        text.split(separator: "\n").map(String.init).first { line in
            OpaqueToken.Purpose.allCases.contains { OpaqueToken(line, for: $0) != nil }
        }
    }
}

/// A clock that tests move.
final class StoppedClock: @unchecked Sendable {
    private let lock = NSLock()
    private var moment = Timestamp(text: "2026-03-01T12:00:00.250Z") ?? Timestamp(microseconds: 0)

    var now: Timestamp { lock.withLock { moment } }

    func advance(seconds: Int) {
        lock.withLock { moment = moment.adding(seconds: seconds) }
    }
}

/// The workspaces whose followers were told.
final class Announcements: @unchecked Sendable {
    private let lock = NSLock()
    private var workspaces: [WorkspaceID] = []

    func add(_ id: WorkspaceID) {
        lock.withLock { workspaces.append(id) }
    }

    var all: [WorkspaceID] { lock.withLock { workspaces } }
}

extension SignedIn {
    /// The caller that a gateway makes of the token.
    var caller: Caller {
        Caller(
            identity: .person(person.id.uuid, session: sessionID.uuid), workspaceID: person.workspaceID.uuid,
            scopes: person.role.scopes.rawValue)
    }
}

extension IdempotencyKey {
    /// The key and body of a test, both told by one byte.
    static func test(_ key: UInt8, body: UInt8 = 0) -> IdempotencyKey {
        IdempotencyKey(
            digest: [UInt8](repeating: key, count: 32), fingerprint: [UInt8](repeating: body, count: 32))
    }
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
