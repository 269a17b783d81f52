import Bus
import Contracts
import GatewayHTTP

struct RegisterBody: JSONRead {
    static let schema = Schema.object([
        .always("email", .text(format: "email", example: "user@example.com")),
        .always("password", .text(atLeast: 6, format: "password", example: "SecurePass123!")),
        .maybe("first_name", Schema.text(atMost: 100, example: "John").orNull),
        .maybe("last_name", Schema.text(atMost: 100, example: "Doe").orNull),
        .maybe(
            "company_name",
            Schema.text(atMost: 200, example: "Acme Dental").orNull.described("Also names the workspace.")),
    ])

    let email: String
    let password: String
    let firstName: String?
    let lastName: String?
    let companyName: String?

    init(_ fields: JSONFields) throws {
        (email, password) = try fields.emailAndPassword()
        firstName = try fields.text("first_name", atMost: 100)
        lastName = try fields.text("last_name", atMost: 100)
        companyName = try fields.text("company_name", atMost: 200)
    }

    func ask(from origin: ClientOrigin) -> OpenAccount {
        OpenAccount(
            Register(
                email: email, password: password, name: nil, firstName: firstName, lastName: lastName,
                companyName: companyName, workspaceName: nil, clientHint: VoiceERADialect.clientHint, origin: origin))
    }
}

/// `{refresh_token}`, or no body at all.
struct RefreshTokenBody: JSONRead {
    static let schema = Schema.object(
        [.maybe("refresh_token", Schema.text(atMost: 1024).orNull)],
        summary: "Not needed when the refresh token is sent as `Authorization: Bearer`.")

    let refreshToken: String?

    init(_ fields: JSONFields) throws {
        refreshToken = try fields.text("refresh_token", atMost: 1024)
    }

    static func token(of input: RouteInput) throws -> String {
        let body = input.body.readableBytes == 0 ? nil : try input.json(RefreshTokenBody.self)
        guard let token = body?.refreshToken ?? input.bearer else { throw Fault(.tokenMissing) }
        return token
    }
}

/// A person who has just been made.
struct RegisteredBody: JSONShown {
    static let schema = Schema.object([
        .always("id", .uuid), .always("email", .text(format: "email", example: "user@example.com")),
        .always("first_name", Schema.text(example: "John").orNull),
        .always("last_name", Schema.text(example: "Doe").orNull), .always("created_at", .timestamp),
    ])

    let person: PersonRecord

    func write(to json: inout JSONWriter) {
        json.field("id", person.id)
        json.field("email", person.email)
        json.field("first_name", person.firstName)
        json.field("last_name", person.lastName)
        json.field("created_at", person.createdAt)
    }
}

struct ForgotPasswordBody: JSONRead {
    static let schema = Schema.object([
        .always("email", .text(atMost: 320, format: "email", example: "user@example.com"))
    ])

    let email: String

    init(_ fields: JSONFields) throws {
        guard let email = try fields.text("email", atMost: 320), !email.isEmpty else {
            throw Fault.invalid("email", "is required")
        }
        self.email = email
    }
}

struct ResetPasswordBody: JSONRead {
    static let schema = Schema.object([
        .always("token", .text(atMost: 1024, example: "sbp_…")),
        .maybe("new_password", Schema.text(atLeast: 6, format: "password", example: "SecurePass456!").orNull),
        .maybe(
            "password",
            Schema.text(atLeast: 6, format: "password", example: "SecurePass456!").orNull
                .described("In place of `new_password`.")),
    ])

    let token: String
    let newPassword: String

    init(_ fields: JSONFields) throws {
        guard let token = try fields.text("token", atMost: 1024), !token.isEmpty else {
            throw Fault.invalid("token", "is required")
        }
        self.token = token
        let given = (
            try fields.text("new_password", atMostBytes: 4096), try fields.text("password", atMostBytes: 4096)
        )
        guard let password = given.0 ?? given.1 else { throw Fault.invalid("new_password", "is required") }
        newPassword = password
    }
}
