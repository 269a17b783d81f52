import Bus
import Contracts

/// A session that has begun, with its tokens and whose it is.
package struct SignedInBody: JSONShown {
    package static let schema = Schema.object(
        RefreshedBody.fields + [.always("user", UserBody.schema), .always("session_id", .uuid)])

    private let signedIn: SignedIn

    package init(_ signedIn: SignedIn) {
        self.signedIn = signedIn
    }

    package func write(to json: inout JSONWriter) {
        RefreshedBody(signedIn).write(to: &json)
        json.field("user", shown: UserBody(person: signedIn.person))
        json.field("session_id", signedIn.sessionID)
    }
}

/// The tokens of a session that goes on.
package struct RefreshedBody: JSONShown {
    static let fields: [Schema.Field] = [
        .always("token", .text(example: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...")),
        .always("refresh_token", Schema.text(example: "sbr_…").orNull.described("Good once.")),
        .always("expires_in", Schema.integer(from: 0, example: 86_400).described("Seconds that `token` lives.")),
    ]
    package static let schema = Schema.object(fields)

    private let signedIn: SignedIn

    package init(_ signedIn: SignedIn) {
        self.signedIn = signedIn
    }

    package func write(to json: inout JSONWriter) {
        json.field("token", signedIn.token)
        json.field("refresh_token", signedIn.refreshToken)
        json.field("expires_in", signedIn.tokenSeconds)
    }
}

/// A person as they see themselves.
package struct UserBody: JSONShown {
    static let fields: [Schema.Field] = [
        .always("id", .uuid), .always("email", .text(format: "email", example: "user@example.com")),
        .always("role", .text(among: Role.allCases.map(\.rawValue))),
        .always("first_name", Schema.text(example: "John").orNull),
        .always("last_name", Schema.text(example: "Doe").orNull),
        .always("company_name", Schema.text(example: "Acme Dental").orNull), .always("created_at", .timestamp),
    ]
    package static let schema = Schema.named("Account", .object(fields))

    private let person: PersonRecord

    init(person: PersonRecord) {
        self.person = person
    }

    package func write(to json: inout JSONWriter) {
        json.field("id", person.id)
        json.field("email", person.email)
        json.field("role", person.role.rawValue)
        json.field("first_name", person.firstName)
        json.field("last_name", person.lastName)
        json.field("company_name", person.companyName)
        json.field("created_at", person.createdAt)
    }
}

/// A person with the workspace that their token names.
package struct MeBody: JSONShown {
    package static let schema = Schema.object(UserBody.fields + [.always("workspace_id", .uuid)])

    private let person: PersonRecord

    package init(person: PersonRecord) {
        self.person = person
    }

    package func write(to json: inout JSONWriter) {
        UserBody(person: person).write(to: &json)
        json.field("workspace_id", person.workspaceID)
    }
}

/// `{"success": true}`.
package struct SuccessBody: JSONShown {
    package static let schema = Schema.object([.always("success", .boolean)])

    package init() {}

    package func write(to json: inout JSONWriter) {
        json.field("success", true)
    }
}
