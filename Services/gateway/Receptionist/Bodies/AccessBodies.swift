import Bus
import Contracts
import GatewayHTTP

struct RegisterBody: JSONRead {
    static let schema = Schema.object([
        .always("email", .text(format: "email", example: "user@example.com")),
        .always("password", .text(atLeast: 6, format: "password", example: "password123")),
        .maybe("name", .text(atMost: 200, example: "John Doe").described("The local part of the e-mail when absent.")),
    ])

    let email: String
    let password: String
    let name: String?

    init(_ fields: JSONFields) throws {
        (email, password) = try fields.emailAndPassword()
        name = try fields.text("name", atMost: 200)
    }

    func ask(from origin: ClientOrigin) -> Register {
        Register(
            email: email, password: password, name: name, workspaceName: nil,
            clientHint: ReceptionistDialect.clientHint,
            origin: origin)
    }
}

struct SignedInBody: JSONShown {
    static let schema = Schema.object([
        .always("token", .text(example: "eyJhbGciOiJIUzI1NiIs...")),
        .always("user", .named("User", .object(UserShown.fields))),
    ])

    let signedIn: SignedIn

    init(_ signedIn: SignedIn) {
        self.signedIn = signedIn
    }

    func write(to json: inout JSONWriter) {
        json.field("token", signedIn.token)
        json.field("user", object: { UserShown.write(signedIn.person, to: &$0) })
    }
}

struct MeBody: JSONShown {
    static let schema = Schema.object([
        .always("user", .object(UserShown.fields + [.always("created_at", .timestamp)]))
    ])

    let person: PersonRecord

    func write(to json: inout JSONWriter) {
        json.field(
            "user",
            object: { json in
                UserShown.write(person, to: &json)
                json.field("created_at", person.createdAt)
            })
    }
}

enum UserShown {
    static let fields: [Schema.Field] = [
        .always("id", .uuid), .always("email", .text(format: "email", example: "user@example.com")),
        .always("name", .text(example: "John Doe")),
    ]

    static func write(_ person: PersonRecord, to json: inout JSONWriter) {
        json.field("id", person.id)
        json.field("email", person.email)
        json.field("name", person.name)
    }
}

/// A sentence that says that something is done.
struct MessageBody: JSONShown {
    static let schema = Schema.object([.always("message", .text())])

    let message: String

    static let loggedOut = MessageBody(message: "Logged out")
    static let clientDeleted = MessageBody(message: "Client deleted")

    func write(to json: inout JSONWriter) {
        json.field("message", message)
    }
}

extension JSONShown where Self == MessageBody {
    static var loggedOut: MessageBody { MessageBody.loggedOut }
    static var clientDeleted: MessageBody { MessageBody.clientDeleted }
}
