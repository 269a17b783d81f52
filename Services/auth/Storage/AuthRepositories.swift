import Bus
import Contracts

/// What a sign-in needs to know before it knows a workspace.
struct SignInCredentials: Sendable, Equatable {
    var personID: PersonID
    var password: PasswordHash
    var isActive: Bool
    var generation: Int
    /// The one used last of those that the person may enter; nil when there is none.
    var workspaceID: WorkspaceID?
}

/// People, the workspaces that they belong to, and the record of who came in.
protocol AccountRepository: Sendable {
    func isTaken(_ email: EmailAddress) async throws -> Bool

    /// Stores person, workspace, membership, audit entry and, if there is one, the session together.
    /// - Throws: `.emailTaken`.
    func add(_ account: NewAccount) async throws

    func credentials(of email: EmailAddress) async throws -> SignInCredentials?

    /// Nil when the person or the membership is gone or inactive, or the workspace closed.
    func member(_ personID: PersonID, of workspaceID: WorkspaceID) async throws -> Member?

    /// Stores an entry that has no other effect.
    func record(_ entry: AuditEntry) async throws

    /// Makes all tokens and sessions of a person void, and logs `AccessRevoked`.
    /// - Parameter revocation: is given the new generation and when the last token expires that may be in use.
    /// - Throws: `.personNotFound`.
    func raiseGeneration(
        of personID: PersonID, in workspaceID: WorkspaceID, recording entry: AuditEntry,
        revocation: @Sendable (Int, Timestamp?) -> AccessRevoked
    ) async throws -> Int
}

/// What a sign-in stores.
struct SignIn: Sendable {
    var begun: NewSession
    /// Replaces the person's hash if that is still the first of these.
    var rehash: (old: PasswordHash, new: PasswordHash)?

    var session: Session { begun.session }

    /// What the audit log says about it.
    var audit: AuditEntry {
        AuditEntry(
            workspaceID: session.workspaceID, at: session.createdAt, kind: .signedIn, person: session.personID,
            subject: session.id.description, origin: session.origin)
    }
}

/// How the end of a session turned out.
enum SessionEnd: Sendable, Equatable {
    case ended
    /// It had ended before; nothing was stored.
    case hadEnded
    case unknown
}

/// Sessions of people.
protocol SessionRepository: Sendable {
    /// Stores the session and moves the membership to the top of those used last.
    /// - Throws: `.unavailable` when the person changed while the password was checked: nothing was stored.
    func begin(_ signIn: SignIn) async throws -> Member

    /// Stores that a token is minted for a session that goes on; the first answer again for a repeated key.
    /// - Parameters:
    ///   - tokensUntil: when the token expires, given when the session does.
    ///   - mint: makes the answer inside the transaction.
    /// - Throws: `.tokenInvalid` when the session has ended or is void, the person inactive or the membership gone;
    ///   `.keyReused`, `.stillRunning`.
    func renew(
        _ session: SessionReference, idempotency: IdempotencyKey?, at now: Timestamp,
        tokensUntil: @Sendable (Timestamp) -> Timestamp,
        mint: @Sendable (Member, Timestamp) async throws -> SignedIn
    ) async throws -> Outcome<SignedIn>

    /// Spends a refresh token and stores the next one; or gives the stored answer again; or ends the session and logs
    /// `AccessRevoked`. Uses of one session's tokens come one after the other.
    /// - Parameters:
    ///   - tokensUntil: when the access token expires, given when the session does.
    ///   - mint: makes the answer inside the transaction.
    ///   - revocation: is given when the last access token expires that was minted for the session.
    /// - Throws: `.tokenInvalid` when the session has ended or is void, the person inactive or the membership gone.
    func refresh(
        _ attempt: RefreshAttempt, tokensUntil: @Sendable (Timestamp) -> Timestamp,
        mint: @Sendable (Member, SessionReference, Timestamp) async throws -> SignedIn,
        revocation: @Sendable (SessionReference, Timestamp) -> AccessRevoked
    ) async throws -> Refreshed

    /// Ends the session and logs `AccessRevoked`.
    /// - Parameters:
    ///   - entry: its moment is that of the end.
    ///   - revocation: is given when the last token expires that was minted for the session.
    func end(
        _ session: SessionReference, recording entry: AuditEntry, revocation: @Sendable (Timestamp) -> AccessRevoked
    ) async throws -> SessionEnd

    /// As `begin`; the first answer again for a repeated key.
    /// - Throws: `.keyReused`, `.stillRunning` too.
    func enter(
        _ signIn: SignIn, idempotency: IdempotencyKey?, mint: @Sendable (Member) async throws -> SignedIn
    ) async throws -> Outcome<SignedIn>

    /// Nil when the session has ended or is void.
    func standing(of session: SessionReference, at now: Timestamp) async throws -> SessionStanding?

    /// Those that go on, in all workspaces of the person, newest first.
    func sessions(of own: SessionReference, page: PageRequest, at now: Timestamp) async throws -> Page<SessionRecord>

    /// Nil when the person has no such session, whether it goes on or not.
    func session(_ id: SessionID, of personID: PersonID) async throws -> SessionReference?
}

/// Keys of machines.
protocol APIKeyRepository: Sendable {
    /// Stores the key; the first answer again for a repeated idempotency key.
    /// - Throws: `.keyReused`, `.stillRunning`.
    func add(_ key: NewAPIKey, idempotency: IdempotencyKey?) async throws -> Outcome<CreatedAPIKey>

    /// Newest first; without deleted ones.
    func apiKeys(of workspaceID: WorkspaceID, page: PageRequest) async throws -> Page<APIKeyRecord>

    /// Deletes the key and logs `AccessRevoked`.
    /// - Returns: false when the workspace has no such key.
    func delete(
        _ id: APIKeyID, in workspaceID: WorkspaceID, by actor: Caller.Identity, at now: Timestamp,
        revocation: AccessRevoked
    ) async throws -> Bool

    /// Nil when the key is deleted or its workspace closed; an expired one is found.
    func find(_ id: APIKeyID) async throws -> StoredAPIKey?

    /// Moves `lastUsedAt` forward, never back. Unknown keys are passed over.
    func note(_ uses: [NoteAPIKeyUse.Use]) async throws
}

/// What gateways must refuse.
protocol RevocationRepository: Sendable {
    /// What is revoked and not yet forgotten, and the numbers of the events that it includes, as of one instant.
    func revocations(at now: Timestamp) async throws -> Revocations

    /// Removes what nobody needs any more, in bounded steps.
    func sweep(at now: Timestamp) async throws -> SweptRows
}

/// How much a sweep removed.
struct SweptRows: Sendable, Equatable {
    var revocations = 0
    var sessions = 0
    var resets = 0
    var invitations = 0
    var mails = 0
    var replies = 0
    var tickets = 0
}
