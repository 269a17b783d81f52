import Contracts

/// What people are written, and about what.
struct Letters: Sendable {
    /// Where people open the application, without a slash at the end; nil: the letters hold no links.
    let appURL: String?

    func passwordReset(_ token: OpaqueToken, to recipient: EmailAddress, minutes: Int) -> Letter {
        Letter(
            recipient: recipient.text, subject: "Reset your password",
            text: """
                Somebody asked to set a new password for your account. If it was you, this is the token for it, good once \
                and for \(minutes) minutes:

                \(token.text)
                \(link("reset-password", token))
                If it was not you, do nothing: your password stays as it is.

                """)
    }

    func passwordChanged(to recipient: EmailAddress) -> Letter {
        Letter(
            recipient: recipient.text, subject: "Your password was changed",
            text: """
                The password of your account was changed just now, and you were signed out everywhere.

                If it was not you, ask for a new password at once.

                """)
    }

    func invitation(_ token: OpaqueToken, to recipient: EmailAddress, workspaceName: String, days: Int) -> Letter {
        Letter(
            recipient: recipient.text, subject: "You are invited to \(workspaceName)",
            text: """
                You are invited to work in \(workspaceName). This is the token for it, good once and for \(days) days:

                \(token.text)
                \(link("accept-invitation", token))
                If you do not know what this is about, do nothing.

                """)
    }

    /// A paragraph, or an empty line.
    private func link(_ page: String, _ token: OpaqueToken) -> String {
        appURL.map { "\n\($0)/\(page)?token=\(token.text)\n" } ?? ""
    }
}
