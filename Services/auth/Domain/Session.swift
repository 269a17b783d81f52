import Contracts
import ServiceRuntime

/// A person within one workspace, with what a token says about them beside it.
struct Member: Sendable, Equatable {
    var person: PersonRecord
    /// Tokens and sessions of a lower one are void.
    var generation: Int
    /// By which surface the account was made.
    var clientHint: String
}

/// How long sessions and their tokens live.
struct TokenTerms: Sendable {
    /// A session never lives longer than 30 days.
    static let longestSessionSeconds = 30 * 86_400

    var tokenSeconds = 86_400
    var sessionSeconds = longestSessionSeconds

    /// When a token minted now expires, in whole seconds, its session permitting.
    func tokenExpiry(at now: Timestamp, sessionExpiresAt: Timestamp) -> Timestamp {
        let expiry = min(now.adding(seconds: tokenSeconds), sessionExpiresAt)
        return Timestamp(microseconds: expiry.microseconds.flooredDivision(by: 1_000_000) * 1_000_000)
    }
}

/// What begins with a sign-in and ends with a sign-out, or by itself.
struct Session: Sendable, Equatable {
    var id: SessionID
    var workspaceID: WorkspaceID
    var personID: PersonID
    /// The person's when the password was checked.
    var generation: Int
    var createdAt: Timestamp
    var expiresAt: Timestamp
    /// When the last token minted for it expires.
    var tokensUntil: Timestamp
    var origin: ClientOrigin

    /// - Parameter limit: a session that another one gave leave to begin ends when that does at the latest.
    init(
        of personID: PersonID, in workspaceID: WorkspaceID, generation: Int = 0, origin: ClientOrigin,
        tokens: TokenTerms, at now: Timestamp, atMostUntil limit: Timestamp? = nil
    ) {
        id = SessionID(UUIDv7.make())
        self.workspaceID = workspaceID
        self.personID = personID
        self.generation = generation
        createdAt = now
        let end = now.adding(seconds: min(tokens.sessionSeconds, TokenTerms.longestSessionSeconds))
        expiresAt = min(end, limit ?? end)
        tokensUntil = tokens.tokenExpiry(at: now, sessionExpiresAt: expiresAt)
        self.origin = origin.bounded
    }
}

/// A session that goes on.
struct SessionStanding: Sendable, Equatable {
    var expiresAt: Timestamp
    /// The person's when it began, and still.
    var generation: Int
}

/// A session that begins, with the first of its refresh tokens.
struct NewSession: Sendable {
    let session: Session
    let refreshToken = OpaqueToken(for: .refresh)

    init(_ session: Session) {
        self.session = session
    }
}

/// A session as its owner names it.
struct SessionReference: Sendable, Equatable {
    var sessionID: SessionID
    var personID: PersonID
    var workspaceID: WorkspaceID
}
