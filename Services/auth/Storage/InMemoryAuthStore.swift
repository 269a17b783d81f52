import Bus
import Contracts
import Foundation

/// The repositories in memory, for unit tests of the handlers.
actor InMemoryAuthStore: AccountRepository, SessionRepository {
    struct StoredPerson: Sendable {
        var record: PersonRecord
        var password: PasswordHash
        var isActive = true
        var generation = 0
        var clientHint: String
    }

    struct Membership: Sendable {
        var personID: PersonID
        var workspaceID: WorkspaceID
        var role: Role
        var isActive = true
        var isRemoved = false
        var createdAt: Timestamp
        var lastUsedAt: Timestamp?
    }

    struct StoredSession: Sendable {
        var session: Session
        var endedAt: Timestamp?
        var lastSeenAt: Timestamp
    }

    struct StoredReply: Sendable {
        var fingerprint: [UInt8]
        var bytes: [UInt8]
    }

    var people: [PersonID: StoredPerson] = [:]
    var workspaces: [WorkspaceID: WorkspaceRecord] = [:]
    var workspaceChanges: [WorkspaceChanged] = []
    var invitations: [UUID: StoredInvitation] = [:]
    var closedWorkspaces: Set<WorkspaceID> = []
    var memberships: [Membership] = []
    var sessions: [SessionID: StoredSession] = [:]
    var refreshTokens: [UUID: StoredRefreshToken] = [:]
    var apiKeys: [APIKeyID: StoredKey] = [:]
    var resets: [UUID: StoredPasswordReset] = [:]
    var mails: [UUID: StoredMail] = [:]
    var mailCount = 0
    var spentTickets: Set<UUID> = []
    var replies: [[UInt8]: StoredReply] = [:]
    var logged: [(workspaceID: WorkspaceID, event: AccessRevoked)] = []
    private(set) var audit: [AuditEntry] = []
    private(set) var chains: [WorkspaceID: AuditChain] = [:]

    // MARK: People

    func isTaken(_ email: EmailAddress) -> Bool {
        people.values.contains { $0.record.email == email.text }
    }

    func add(_ account: NewAccount) throws {
        let person = account.member.person
        guard !isTaken(EmailAddress(stored: person.email)) else { throw Fault(.emailTaken, field: "email") }
        people[person.id] = StoredPerson(
            record: person, password: account.password, clientHint: account.member.clientHint)
        workspaces[person.workspaceID] = WorkspaceRecord(
            id: person.workspaceID, name: person.workspaceName, retentionDays: nil, settings: "{}",
            createdAt: person.createdAt)
        memberships.append(
            Membership(
                personID: person.id, workspaceID: person.workspaceID, role: person.role, createdAt: person.createdAt,
                lastUsedAt: person.createdAt))
        account.session.map { store($0) }
        record(account.audit)
    }

    func credentials(of email: EmailAddress) -> SignInCredentials? {
        guard let person = people.values.first(where: { $0.record.email == email.text }) else { return nil }
        let last =
            memberships
            .filter { $0.personID == person.record.id && member($0.personID, of: $0.workspaceID) != nil }
            .max { ($0.lastUsedAt?.microseconds ?? .min) < ($1.lastUsedAt?.microseconds ?? .min) }
        return SignInCredentials(
            personID: person.record.id, password: person.password, isActive: person.isActive,
            generation: person.generation, workspaceID: last?.workspaceID)
    }

    func member(_ personID: PersonID, of workspaceID: WorkspaceID) -> Member? {
        guard let person = people[personID], person.isActive, !closedWorkspaces.contains(workspaceID),
            let membership = memberships.first(where: { $0.personID == personID && $0.workspaceID == workspaceID }),
            membership.isActive, let name = workspaces[workspaceID]?.name
        else { return nil }
        var record = person.record
        (record.role, record.workspaceID, record.workspaceName) = (membership.role, workspaceID, name)
        return Member(person: record, generation: person.generation, clientHint: person.clientHint)
    }

    func record(_ entry: AuditEntry) {
        audit.append(entry)
        chains[entry.workspaceID, default: AuditChain()].append(entry)
    }

    func raiseGeneration(
        of personID: PersonID, in workspaceID: WorkspaceID, recording entry: AuditEntry,
        revocation: @Sendable (Int, Timestamp?) -> AccessRevoked
    ) throws -> Int {
        guard let person = people[personID],
            memberships.contains(where: { $0.personID == personID && $0.workspaceID == workspaceID })
        else { throw Fault(.personNotFound) }
        let tokensUntil = sessions.values
            .filter { $0.session.personID == personID && $0.endedAt == nil }.map(\.session.tokensUntil).max()
        people[personID]?.generation += 1
        logged.append((workspaceID, revocation(person.generation + 1, tokensUntil)))
        record(entry)
        return person.generation + 1
    }

    // MARK: Sessions

    func begin(_ signIn: SignIn) throws -> Member {
        let session = signIn.session
        guard let member = member(session.personID, of: session.workspaceID), member.generation == session.generation
        else { throw Fault(.unavailable, retryAfterMS: 1000) }
        if let rehash = signIn.rehash, people[session.personID]?.password == rehash.old {
            people[session.personID]?.password = rehash.new
        }
        for index in memberships.indices
        where memberships[index].personID == session.personID && memberships[index].workspaceID == session.workspaceID {
            memberships[index].lastUsedAt = session.createdAt
        }
        store(signIn.begun)
        record(signIn.audit)
        return member
    }

    func renew(
        _ session: SessionReference, idempotency: IdempotencyKey?, at now: Timestamp,
        tokensUntil: @Sendable (Timestamp) -> Timestamp,
        mint: @Sendable (Member, Timestamp) async throws -> SignedIn
    ) async throws -> Outcome<SignedIn> {
        let repeated = try reply(SignedIn.self, idempotency)
        let (member, sessionEnd) = try goOn(session, at: now)
        if let repeated { return Outcome(repeated, isReplayed: true) }
        let expiry = tokensUntil(sessionEnd)
        extendTokens(of: session.sessionID, until: expiry)
        let answer = try await mint(member, expiry)
        keep(answer, idempotency)
        return Outcome(answer)
    }

    func extendTokens(of id: SessionID, until expiry: Timestamp) {
        guard let known = sessions[id]?.session.tokensUntil, known < expiry else { return }
        sessions[id]?.session.tokensUntil = expiry
    }

    /// - Returns: whose session it is, and when it expires.
    func goOn(_ session: SessionReference, at now: Timestamp) throws -> (Member, Timestamp) {
        guard let found = sessions[session.sessionID], found.session.personID == session.personID,
            found.session.workspaceID == session.workspaceID, found.endedAt == nil, found.session.expiresAt > now,
            let member = member(session.personID, of: session.workspaceID),
            member.generation == found.session.generation
        else { throw Fault(.tokenInvalid) }
        sessions[session.sessionID]?.lastSeenAt = now
        return (member, found.session.expiresAt)
    }

    func end(
        _ session: SessionReference, recording entry: AuditEntry, revocation: @Sendable (Timestamp) -> AccessRevoked
    ) -> SessionEnd {
        guard let found = sessions[session.sessionID], found.session.personID == session.personID,
            found.session.workspaceID == session.workspaceID
        else { return .unknown }
        if found.endedAt != nil { return .hadEnded }
        sessions[session.sessionID]?.endedAt = entry.at
        logged.append((session.workspaceID, revocation(found.session.tokensUntil)))
        record(entry)
        return .ended
    }

    private func store(_ begun: NewSession) {
        let session = begun.session
        sessions[session.id] = StoredSession(session: session, lastSeenAt: session.createdAt)
        refreshTokens[begun.refreshToken.id] = StoredRefreshToken(
            hash: begun.refreshToken.hash, session: session.reference)
    }

    // MARK: Repeated requests

    func reply<Reply: BusMessage>(_ type: Reply.Type, _ key: IdempotencyKey?) throws -> Reply? {
        guard let key, let stored = replies[key.digest] else { return nil }
        guard stored.fingerprint == key.fingerprint else { throw Fault(.keyReused) }
        return try Reply.decoded(from: stored.bytes)
    }

    func keep<Reply: BusMessage>(_ reply: Reply, _ key: IdempotencyKey?) {
        guard let key else { return }
        replies[key.digest] = StoredReply(fingerprint: key.fingerprint, bytes: reply.encoded())
    }

    // MARK: What tests arrange

    func setActive(_ isActive: Bool, _ id: PersonID) {
        people[id]?.isActive = isActive
    }

    func setPassword(_ hash: PasswordHash, _ id: PersonID) {
        people[id]?.password = hash
    }

    func close(_ workspaceID: WorkspaceID) {
        closedWorkspaces.insert(workspaceID)
    }
}
