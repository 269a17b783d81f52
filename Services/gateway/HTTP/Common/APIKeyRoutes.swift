import Bus
import Contracts

/// `settings/api-keys`: alike under every prefix.
package enum APIKeyRoutes {
    package static let routes: [Route] = [
        .get(
            "settings/api-keys", needs: .admin, "API keys of the workspace, without their secrets, newest first",
            query: ListBounds.pageQuery
        ) {
            ListAPIKeys(page: try ListBounds.page($0.query))
        } show: {
            APIKeysBody(list: $0)
        },
        .post("settings/api-keys", .created, needs: .admin, "Make an API key; its secret is shown this once") {
            (body: NewAPIKeyBody, input) in
            try body.ask(input)
        } show: {
            CreatedAPIKeyBody(created: $0.value)
        },
        .delete("settings/api-keys/{id}", needs: .admin, "Delete an API key; it is refused within a second") {
            DeleteAPIKey(id: try $0.id(orElse: .apiKeyNotFound))
        } show: { _ in
            DoneBody(message: "API key deleted")
        },
    ]
}

struct NewAPIKeyBody: JSONRead {
    static let schema = Schema.object([
        .always("name", .text(atMost: 100, atLeast: 1, example: "Front desk agent")),
        .maybe(
            "scopes",
            .array(of: .text(among: Scopes.named.map(\.name), example: "write:calls"))
                .described("`write:calls` when absent; none that the maker lacks.")),
        .maybe("expires_in_days", Schema.integer(from: 1, through: 3650).orNull.described("Never when absent.")),
    ])

    let name: String
    let scopes: Scopes
    let expiresInDays: Int?

    init(_ fields: JSONFields) throws {
        guard let name = try fields.text("name", atMost: 100), !name.isEmpty else {
            throw Fault.invalid("name", "must have 1 to 100 characters")
        }
        self.name = name
        let names = try fields.texts("scopes", atMost: 100) ?? ["write:calls"]
        guard let scopes = Scopes(names: names), !scopes.isEmpty else {
            throw Fault.invalid("scopes", "must be some of \(Scopes.named.map(\.name).joined(separator: ", "))")
        }
        self.scopes = scopes
        expiresInDays = try fields.integer("expires_in_days", in: 1...3650)
    }

    func ask(_ input: RouteInput) throws -> CreateAPIKey {
        CreateAPIKey(name: name, scopes: scopes, expiresInDays: expiresInDays, idempotency: input.idempotency)
    }
}

struct APIKeyBody: JSONShown {
    static let fields: [Schema.Field] = [
        .always("id", .uuid), .always("name", .text(example: "Front desk agent")),
        .always("prefix", .text(example: "sb_1a2b3c")), .always("scopes", .array(of: .text(example: "write:calls"))),
        .always("created_at", .timestamp), .always("expires_at", Schema.timestamp.orNull),
        .always("last_used_at", Schema.timestamp.orNull),
    ]
    static let schema = Schema.named("APIKey", .object(fields))

    let key: APIKeyRecord

    func write(to json: inout JSONWriter) {
        json.field("id", key.id)
        json.field("name", key.name)
        json.field("prefix", key.prefix)
        json.name("scopes")
        json.array(key.scopes.names) { $0.text($1) }
        json.field("created_at", key.createdAt)
        json.field("expires_at", key.expiresAt)
        json.field("last_used_at", key.lastUsedAt)
    }
}

struct APIKeysBody: JSONShown {
    static let schema = Schema.object([
        .always("api_keys", .array(of: APIKeyBody.schema)), .always("total", .integer(from: 0)),
        .always("next_cursor", .text().orNull),
    ])

    let list: APIKeyList

    func write(to json: inout JSONWriter) {
        json.field("api_keys", shown: list.keys.map { APIKeyBody(key: $0) })
        json.field("total", list.total)
        json.field("next_cursor", list.next?.text)
    }
}

struct CreatedAPIKeyBody: JSONShown {
    static let schema = Schema.object(
        APIKeyBody.fields + [.always("key", .text(example: "sb_1a2b3c…").orNull.described("Shown this once."))])

    let created: CreatedAPIKey

    func write(to json: inout JSONWriter) {
        APIKeyBody(key: created.record).write(to: &json)
        json.field("key", created.secret)
    }
}

/// Something is done, and what.
package struct DoneBody: JSONShown {
    package static let schema = Schema.object([.always("success", .boolean), .always("message", .text())])

    private let message: String

    package init(message: String) {
        self.message = message
    }

    package func write(to json: inout JSONWriter) {
        json.field("success", true)
        json.field("message", message)
    }
}
