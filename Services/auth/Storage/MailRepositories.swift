import Contracts
import Foundation

/// Leaves to set a new password.
protocol PasswordResetRepository: Sendable {
    /// Stores the reset, its mail and the entry together; the entry alone when the person has `PasswordReset.mostAtOnce`
    /// already.
    func add(_ reset: PasswordReset, mail: NewMail, recording entry: AuditEntry) async throws

    func passwordReset(_ id: UUID) async throws -> StoredPasswordReset?

    /// Spends the reset, sets the password, makes all tokens and sessions of the person void, stores the mail and logs
    /// `AccessRevoked`.
    /// - Parameters:
    ///   - entry: its moment is that of the change.
    ///   - revocation: is given the new generation and when the last token expires that may be in use.
    /// - Throws: `.resetTokenInvalid` when it was spent meanwhile, has expired or is void.
    func redeem(
        _ id: UUID, _ reset: StoredPasswordReset, settingPassword password: PasswordHash, mail: NewMail,
        recording entry: AuditEntry, revocation: @Sendable (Int, Timestamp?) -> AccessRevoked
    ) async throws
}
