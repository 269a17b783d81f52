import Contracts

/// Leave to set a new password, which its token gives.
struct PasswordReset: Sendable, Equatable {
    static let lifetimeMinutes = 10
    /// Of one person at a time: more mails than that help nobody but who wants to be a nuisance.
    static let mostAtOnce = 5

    var token: OpaqueToken
    var personID: PersonID
    /// The one used last; the audit log of this one tells of it.
    var workspaceID: WorkspaceID
    /// The person's when it was asked for; it is void when that has grown.
    var generation: Int
    var createdAt: Timestamp
    var expiresAt: Timestamp

    /// Nil for a person who could not sign in either.
    init?(for known: SignInCredentials, at now: Timestamp) {
        guard known.isActive, let workspaceID = known.workspaceID else { return nil }
        token = OpaqueToken(for: .passwordReset)
        personID = known.personID
        self.workspaceID = workspaceID
        generation = known.generation
        createdAt = now
        expiresAt = now.adding(seconds: Self.lifetimeMinutes * 60)
    }
}

/// A reset as it is looked up by whoever holds its token.
struct StoredPasswordReset: Sendable, Equatable {
    var personID: PersonID
    var workspaceID: WorkspaceID
    var email: EmailAddress
    /// SHA-256 of the token.
    var hash: [UInt8]
    var generation: Int
    var expiresAt: Timestamp
    var isUsed: Bool

    func isGood(for token: OpaqueToken, at now: Timestamp) -> Bool {
        token.matches(hash) && !isUsed && now < expiresAt
    }
}
