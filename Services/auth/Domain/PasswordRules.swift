import Bus
import Contracts

/// What a new password must be like.
struct PasswordRules: Sendable {
    /// In characters (Unicode scalars).
    static let longest = 1024

    /// In characters (Unicode scalars).
    var shortest = 6

    /// - Throws: `.passwordInvalid`.
    func check(_ password: String) throws {
        let count = password.unicodeScalars.count
        guard count >= shortest else {
            throw Fault(.passwordInvalid, "Password must be at least \(shortest) characters", field: "password")
        }
        guard count <= Self.longest else {
            throw Fault(.passwordInvalid, "Password must be at most \(Self.longest) characters", field: "password")
        }
    }
}
