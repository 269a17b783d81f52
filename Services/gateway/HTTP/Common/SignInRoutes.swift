import Bus
import Contracts

/// Signing in and out, alike in the two dialects that meet at the root: an answer holds what either client looks for.
package enum SignInRoutes {
    package static let routes: [Route] = [
        .post("auth/login", needs: .nothing, "Sign in") { (body: LogInBody, input) in
            body.ask(from: input.origin)
        } show: {
            SignedInBody($0)
        }.counted(.authentication),
        .get("auth/me", needs: .credential, "The account that is signed in") { _ in
            GetMe()
        } show: {
            MeBody(person: $0)
        },
        .post("auth/logout", needs: .credential, "End the session") { _ in
            LogOut()
        } show: { _ in
            SuccessBody()
        },
    ]
}

package struct LogInBody: JSONRead {
    package static let schema = Schema.object([
        .always("email", .text(format: "email", example: "user@example.com")),
        .always("password", .text(format: "password", example: "SecurePass123!")),
    ])

    private let email: String
    private let password: String

    package init(_ fields: JSONFields) throws {
        (email, password) = try fields.emailAndPassword()
    }

    package func ask(from origin: ClientOrigin) -> LogIn {
        LogIn(email: email, password: password, origin: origin)
    }
}

extension JSONFields {
    /// What somebody who signs up or in has to say.
    /// - Throws: `.emailRequired`.
    package func emailAndPassword() throws -> (String, String) {
        let email = try text("email", atMost: 320) ?? ""
        let password = try text("password", atMostBytes: 4096) ?? ""
        guard !email.isEmpty, !password.isEmpty else { throw Fault(.emailRequired) }
        return (email, password)
    }
}
