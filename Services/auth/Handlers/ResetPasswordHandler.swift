import Bus
import Contracts

/// Sets a new password for whoever holds the token of a mail, and ends what the person has in hands.
struct ResetPasswordHandler {
    let resets: any PasswordResetRepository
    let passwords: any PasswordHashing
    let rules: PasswordRules
    let terms: TokenTerms
    let letters: Letters
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void
    /// Tells the loop that sends mail.
    let mailStored: @Sendable () -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: ResetPassword, from caller: Caller) async throws -> Done {
        try rules.check(request.newPassword)
        // Looked up before the expensive hash; of several at once the row lets one through.
        guard let token = OpaqueToken(request.token, for: .passwordReset),
            let reset = try await resets.passwordReset(token.id), reset.isGood(for: token, at: now())
        else { throw Fault(.resetTokenInvalid, field: "token") }
        let password = try await passwords.hash(request.newPassword)
        let now = now()
        let entry = AuditEntry(
            workspaceID: reset.workspaceID, at: now, kind: .passwordChanged, person: reset.personID,
            subject: reset.personID.description, origin: request.origin.bounded)
        let mail = NewMail(
            workspaceID: reset.workspaceID, letter: letters.passwordChanged(to: reset.email), createdAt: now,
            forgetAfter: now.adding(seconds: 3 * 86_400))
        try await resets.redeem(token.id, reset, settingPassword: password, mail: mail, recording: entry) {
            .person(reset.personID, generation: $0, tokensUntil: $1, tokens: terms, at: now)
        }
        announce(reset.workspaceID)
        mailStored()
        return Done()
    }
}
