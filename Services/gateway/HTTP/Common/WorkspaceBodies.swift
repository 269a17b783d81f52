import Bus
import Contracts

struct WorkspaceBody: JSONShown {
    static let schema = Schema.named(
        "Workspace",
        .object([
            .always("id", .uuid), .always("name", .text(example: "Acme Dental")),
            .always(
                "retention_days",
                Schema.integer(from: 1, through: 36_500).orNull.described("Older calls are removed; null keeps them.")),
            .always("settings", .object([])), .always("created_at", .timestamp),
        ]))

    let workspace: WorkspaceRecord

    func write(to json: inout JSONWriter) {
        json.field("id", workspace.id)
        json.field("name", workspace.name)
        json.name("retention_days")
        if let days = workspace.retentionDays { json.integer(days) } else { json.null() }
        json.name("settings")
        json.value((try? JSONParser.parse(.init(string: workspace.settings))) ?? .object([]))
        json.field("created_at", workspace.createdAt)
    }
}

struct ChangedWorkspaceBody: JSONRead {
    static let schema = Schema.object(
        [
            .maybe("name", .text(atMost: 200, atLeast: 1, example: "Acme Dental")),
            .maybe("retention_days", Schema.integer(from: 1, through: 36_500).orNull.described("null keeps calls.")),
            .maybe("settings", Schema.object([]).described("In place of those before; at most 16 KiB.")),
        ], summary: "Fields that are absent stay.")

    let change: UpdateWorkspace

    init(_ fields: JSONFields) throws {
        var change = UpdateWorkspace()
        change.name = try fields.text("name", atMost: 200)
        change.retention =
            fields.isNull("retention_days")
            ? .forEver : try fields.integer("retention_days", in: 1...36_500).map { .days($0) }
        if let settings = fields["settings"] {
            guard case .object = settings, !settings.holdsNUL else {
                throw Fault.invalid("settings", "must be an object without the character U+0000")
            }
            var json = JSONWriter()
            json.value(settings)
            change.settings = String(buffer: json.buffer)
        }
        self.change = change
    }
}

extension JSONValue {
    /// Whether U+0000 is in a text or a name anywhere in it: a database takes it nowhere.
    fileprivate var holdsNUL: Bool {
        switch self {
        case .null, .boolean, .integer, .number: false
        case .text(let text): text.utf8.contains(0)
        case .array(let items): items.contains(where: \.holdsNUL)
        case .object(let members): members.contains { $0.key.utf8.contains(0) || $0.value.holdsNUL }
        }
    }
}

struct MemberBody: JSONShown {
    static let schema = Schema.named(
        "Member",
        .object([
            .always("id", .uuid), .always("email", .text(format: "email", example: "user@example.com")),
            .always("name", .text(example: "John Doe")),
            .always("role", .text(among: Role.allCases.map(\.rawValue))), .always("is_active", .boolean),
            .always("status", .text(among: MemberRecord.Status.allCases.map(\.rawValue))),
            .always("created_at", .timestamp),
        ]))

    let member: MemberRecord

    func write(to json: inout JSONWriter) {
        json.field("id", member.id)
        json.field("email", member.email)
        json.field("name", member.name)
        json.field("role", member.role.rawValue)
        json.field("is_active", member.isActive)
        json.field("status", member.status.rawValue)
        json.field("created_at", member.createdAt)
    }
}

struct MembersBody: JSONShown {
    static let schema = Schema.object([
        .always("members", .array(of: MemberBody.schema)), .always("total", .integer(from: 0)),
        .always("next_cursor", .text().orNull),
    ])

    let list: MemberList

    func write(to json: inout JSONWriter) {
        json.field("members", shown: list.members.map { MemberBody(member: $0) })
        json.field("total", list.total)
        json.field("next_cursor", list.next?.text)
    }
}

struct NewMemberBody: JSONRead {
    static let schema = Schema.object([
        .always("email", .text(atMost: 320, format: "email", example: "colleague@example.com")),
        .maybe("role", Schema.text(among: Role.allCases.map(\.rawValue), example: "user").defaulting(to: "user")),
        .maybe("name", Schema.text(atMost: 200, example: "Jane Doe").orNull),
    ])

    let email: String
    let role: Role
    let name: String?

    init(_ fields: JSONFields) throws {
        guard let email = try fields.text("email", atMost: 320), !email.isEmpty else {
            throw Fault.invalid("email", "is required")
        }
        self.email = email
        role = try fields.choice("role", Role.self) ?? .user
        name = try fields.text("name", atMost: 200)
    }
}

struct ChangedMemberBody: JSONRead {
    static let schema = Schema.object(
        [
            .maybe("role", .text(among: Role.allCases.map(\.rawValue))),
            .maybe("is_active", Schema.boolean.described("false: may not enter the workspace for now.")),
        ], summary: "Fields that are absent stay.")

    let role: Role?
    let isActive: Bool?

    init(_ fields: JSONFields) throws {
        role = try fields.choice("role", Role.self)
        isActive = try fields.boolean("is_active")
    }
}

struct AcceptInvitationBody: JSONRead {
    static let schema = Schema.object([
        .always("token", .text(atMost: 1024, example: "sbi_…")),
        .maybe(
            "password",
            Schema.text(atLeast: 6, format: "password", example: "SecurePass123!").orNull
                .described("Of a new account; others keep theirs.")),
        .maybe("first_name", Schema.text(atMost: 100, example: "Jane").orNull),
        .maybe("last_name", Schema.text(atMost: 100, example: "Doe").orNull),
    ])

    let token: String
    let password: String?
    let firstName: String?
    let lastName: String?

    init(_ fields: JSONFields) throws {
        guard let token = try fields.text("token", atMost: 1024), !token.isEmpty else {
            throw Fault.invalid("token", "is required")
        }
        self.token = token
        password = try fields.text("password", atMostBytes: 4096)
        firstName = try fields.text("first_name", atMost: 100)
        lastName = try fields.text("last_name", atMost: 100)
    }

    func ask(clientHint: String, from origin: ClientOrigin) -> AcceptInvitation {
        AcceptInvitation(
            token: token, password: password, firstName: firstName, lastName: lastName, clientHint: clientHint,
            origin: origin)
    }
}

struct JoinedBody: JSONShown {
    static let schema = Schema.object([
        .always("success", .boolean), .always("is_new", Schema.boolean.described("The account was made by it.")),
        .always("workspace_id", .uuid), .always("workspace_name", .text(example: "Acme Dental")),
        .always("user", UserBody.schema),
    ])

    let joined: JoinedWorkspace

    func write(to json: inout JSONWriter) {
        json.field("success", true)
        json.field("is_new", joined.isNew)
        json.field("workspace_id", joined.person.workspaceID)
        json.field("workspace_name", joined.person.workspaceName)
        json.field("user", shown: UserBody(person: joined.person))
    }
}

struct SessionsBody: JSONShown {
    static let schema = Schema.object([
        .always("sessions", .array(of: SessionBody.schema)), .always("total", .integer(from: 0)),
        .always("next_cursor", .text().orNull),
    ])

    let list: SessionList

    func write(to json: inout JSONWriter) {
        json.field("sessions", shown: list.sessions.map { SessionBody(session: $0) })
        json.field("total", list.total)
        json.field("next_cursor", list.next?.text)
    }
}

struct SessionBody: JSONShown {
    static let schema = Schema.named(
        "Session",
        .object([
            .always("id", .uuid), .always("workspace_id", .uuid), .always("created_at", .timestamp),
            .always("last_used_at", Schema.timestamp.described("Begun or renewed last.")),
            .always("expires_at", .timestamp), .always("address", .text(example: "192.0.2.7")),
            .always("user_agent", .text(example: "curl/8.5.0")),
            .always("current", Schema.boolean.described("The one that asks.")),
        ]))

    let session: SessionRecord

    func write(to json: inout JSONWriter) {
        json.field("id", session.id)
        json.field("workspace_id", session.workspaceID)
        json.field("created_at", session.createdAt)
        json.field("last_used_at", session.lastUsedAt)
        json.field("expires_at", session.expiresAt)
        json.field("address", session.origin.address)
        json.field("user_agent", session.origin.userAgent)
        json.field("current", session.isCurrent)
    }
}

struct SwitchWorkspaceBody: JSONRead {
    static let schema = Schema.object([.always("workspace_id", .uuid)])

    let workspaceID: WorkspaceID

    init(_ fields: JSONFields) throws {
        guard let id: WorkspaceID = try fields.id("workspace_id", orElse: .workspaceNotFound) else {
            throw Fault.invalid("workspace_id", "is required")
        }
        workspaceID = id
    }
}
