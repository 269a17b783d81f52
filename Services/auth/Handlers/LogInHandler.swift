import Bus
import Contracts

/// Begins a session. An e-mail that nobody has costs the same work and the same writes as a wrong password.
struct LogInHandler {
    let accounts: any AccountRepository
    let sessions: any SessionRepository
    let passwords: any PasswordHashing
    let tokens: AccessTokens
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: LogIn, from caller: Caller) async throws -> SignedIn {
        guard !request.email.allSatisfy(\.isWhitespace), !request.password.isEmpty else { throw Fault(.emailRequired) }
        let known: SignInCredentials? =
            if let email = try? EmailAddress(request.email) { try await accounts.credentials(of: email) } else { nil }
        let verdict = try await passwords.check(request.password, against: known?.password)
        guard case .right(let isOutdated) = verdict, let known else {
            try await accounts.record(refusal(of: known, .signInFailed, request))
            throw Fault(.credentialsInvalid)
        }
        guard known.isActive, let workspaceID = known.workspaceID else {
            try await accounts.record(refusal(of: known, .signInRefused, request))
            throw Fault(.accountInactive)
        }
        let now = now()
        let begun = NewSession(
            Session(
                of: known.personID, in: workspaceID, generation: known.generation, origin: request.origin,
                tokens: tokens.terms, at: now))
        let rehash = isOutdated ? await rehash(request.password, known.password) : nil
        let member = try await sessions.begin(SignIn(begun: begun, rehash: rehash))
        return try await tokens.mint(for: member, in: begun)
    }

    /// Nil under load: the next sign-in tries again.
    private func rehash(_ password: String, _ old: PasswordHash) async -> (old: PasswordHash, new: PasswordHash)? {
        guard let new = try? await passwords.hash(password) else { return nil }
        return (old, new)
    }

    private func refusal(of known: SignInCredentials?, _ kind: AuditEntry.Kind, _ request: LogIn) -> AuditEntry {
        AuditEntry(
            workspaceID: known?.workspaceID ?? AuditEntry.nobody, at: now(), kind: kind, actor: "anonymous",
            subject: known?.personID.description ?? "", origin: request.origin.bounded)
    }
}
