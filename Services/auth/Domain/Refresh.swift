import Contracts

/// A refresh token that somebody wants to use, and what shall come after it.
struct RefreshAttempt: Sendable {
    /// How long after its first use the answer may be asked for again, while nobody has used what was in it.
    static let graceSeconds = 10

    let token: OpaqueToken
    let successor = OpaqueToken(for: .refresh)
    let origin: ClientOrigin
    let now: Timestamp

    init(_ token: OpaqueToken, from origin: ClientOrigin, at now: Timestamp) {
        self.token = token
        self.origin = origin.bounded
        self.now = now
    }

    /// What to do with the token, by how it is stored.
    /// - Parameters:
    ///   - usedAt: when it was used first; nil: not yet.
    ///   - successorIsUsed: whether the token that was answered then was used itself.
    func verdict(usedAt: Timestamp?, successorIsUsed: Bool) -> RefreshVerdict {
        guard let usedAt else { return .rotate }
        return !successorIsUsed && now <= usedAt.adding(seconds: Self.graceSeconds) ? .answerAgain : .endSession
    }

    /// What the audit log says when the session is ended by it.
    func reuse(of session: SessionReference) -> AuditEntry {
        AuditEntry(
            workspaceID: session.workspaceID, at: now, kind: .refreshTokenReused, actor: "anonymous",
            subject: session.sessionID.description, origin: origin)
    }
}

enum RefreshVerdict: Sendable, Equatable {
    case rotate
    /// The answer was lost on its way.
    case answerAgain
    /// Two hold the same token: one of them stole it.
    case endSession
}

/// How the use of a refresh token turned out.
enum Refreshed: Sendable {
    case signedIn(SignedIn)
    /// The session of this workspace is ended by it.
    case reused(WorkspaceID)
    case unknown
}
