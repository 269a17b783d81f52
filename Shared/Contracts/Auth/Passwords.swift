import Bus

/// Send a mail with which a new password can be set. An e-mail that nobody has, or that is none, gets the same answer in
/// the same time.
package struct AskPasswordReset: BusRequest, Codable {
    package static let subject: Subject = "auth.ask-password-reset.v1"
    package typealias Reply = Done

    package var email: String
    package var origin: ClientOrigin

    package init(email: String, origin: ClientOrigin) {
        self.email = email
        self.origin = origin
    }
}

/// Set a new password with the token of a mail, which is spent by it; every session of the person ends within a second.
/// - Faults: `.resetTokenInvalid`, `.passwordInvalid`, `.overloaded` (too many hashes waiting).
package struct ResetPassword: BusRequest, Codable {
    package static let subject: Subject = "auth.reset-password.v1"
    package typealias Reply = Done

    package var token: String
    package var newPassword: String
    package var origin: ClientOrigin

    package init(token: String, newPassword: String, origin: ClientOrigin) {
        self.token = token
        self.newPassword = newPassword
        self.origin = origin
    }
}
