import Bus
import Contracts
import GatewayHTTP

/// Making an account; signing in and out is the same for every product.
enum SignUp {
    static let route = Route.post("auth/signup", needs: .nothing, "Make an account") { (body: SignUpBody, input) in
        Register(
            email: body.email, password: body.password, name: nil, companyName: body.companyName,
            workspaceName: body.companyName, clientHint: VoiceFlowDialect.clientHint, origin: input.origin)
    } show: {
        SignedInBody($0)
    }.counted(.authentication)
}

struct SignUpBody: JSONRead {
    static let schema = Schema.object([
        .always("email", .text(format: "email", example: "user@example.com")),
        .always("password", .text(atLeast: 6, format: "password", example: "SecurePass123!")),
        .maybe(
            "company_name",
            Schema.text(atMost: 200, example: "Acme Dental").orNull.described("Also names the workspace.")),
    ])

    let email: String
    let password: String
    let companyName: String?

    init(_ fields: JSONFields) throws {
        (email, password) = try fields.emailAndPassword()
        companyName = try fields.text("company_name", atMost: 200)
    }
}
