import Bus
import Contracts

/// Writes to a person who forgot their password. Whether there is one does not show: every answer takes the same time.
struct AskPasswordResetHandler {
    let accounts: any AccountRepository
    let resets: any PasswordResetRepository
    let letters: Letters
    /// Tells the loop that sends mail.
    let mailStored: @Sendable () -> Void
    /// Longer than the work takes for anybody.
    var answerAfter: Duration = .milliseconds(250)
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: AskPasswordReset, from caller: Caller) async throws -> Done {
        let start = ContinuousClock.now
        // A text that is no address is nobody's.
        let email = try? EmailAddress(request.email)
        let result: Result<Void, any Error>
        do {
            if let email { try await ask(email, request.origin.bounded) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await Task.sleep(until: start + answerAfter)
        try result.get()
        return Done()
    }

    private func ask(_ email: EmailAddress, _ origin: ClientOrigin) async throws {
        let now = now()
        let known = try await accounts.credentials(of: email)
        let entry = AuditEntry(
            workspaceID: known?.workspaceID ?? AuditEntry.nobody, at: now, kind: .passwordResetAsked,
            actor: "anonymous", subject: known?.personID.description ?? "", origin: origin)
        guard let known, let reset = PasswordReset(for: known, at: now) else { return try await accounts.record(entry) }
        let letter = letters.passwordReset(reset.token, to: email, minutes: PasswordReset.lifetimeMinutes)
        try await resets.add(
            reset,
            mail: NewMail(
                workspaceID: reset.workspaceID, letter: letter, createdAt: now, forgetAfter: reset.expiresAt),
            recording: entry)
        mailStored()
    }
}
