import TestSupport

/// How a test asks one route of the product.
struct RouteCase: Sendable, CustomStringConvertible {
    struct Asked: Sendable {
        var path: String
        var body: JSON?
        var form: FormBody?
    }

    /// `GET /api/clients/{id}`, as the product's description has it.
    let operation: String
    /// What may be done without a credential, with any, or with this scope.
    let needs: Needs
    /// What the id in it names; nil for a route without one.
    var thing: Thing?
    /// - Parameter id: of that thing.
    let ask: @Sendable (_ id: String) -> Asked

    enum Needs: Sendable, Equatable {
        case nothing
        case credential
        case scope(String)
    }

    /// Whether the credential is dead after a success.
    var endsSession: Bool { operation.hasSuffix("/auth/logout") }
    var method: String { String(operation.prefix { $0 != " " }) }
    var description: String { operation }

    func send(_ api: APIClient, id: String) async throws -> APIAnswer {
        let asked = ask(id)
        if let form = asked.form { return try await api.post(asked.path, form: form) }
        if let body = asked.body { return try await api.send(method, asked.path, json: body) }
        return try await api.send(method, asked.path)
    }
}

extension RouteCase {
    /// One case at least for every route; a test compares them with the product's own list.
    static let all: [RouteCase] =
        access + clients + calls + statistics + keys + numbers + knowledge + workspaces + probes + voicera + voiceflow

    /// What every surface has stands below each of these.
    static let prefixes = ["", "/api", "/voicera", "/voiceflow"]

    static func path(
        _ method: String, _ path: String, _ needs: Needs, body: JSON? = nil
    ) -> RouteCase {
        RouteCase(operation: "\(method) \(path)", needs: needs) { _ in Asked(path: path, body: body) }
    }

    static func of(
        _ thing: Thing, _ method: String, _ template: String, _ needs: Needs, body: JSON? = nil
    ) -> RouteCase {
        RouteCase(operation: "\(method) \(template)", needs: needs, thing: thing) { id in
            Asked(path: template.replacingOccurrences(of: "{id}", with: id), body: body)
        }
    }

    private static let access: [RouteCase] = [
        path("POST", "/api/auth/register", .nothing, body: ["email": "x", "password": "1"]),
        path("POST", "/api/auth/login", .nothing, body: ["email": "x@example.com", "password": "wrong"]),
        path("GET", "/api/auth/me", .credential), path("POST", "/api/auth/refresh", .credential),
        path("POST", "/api/auth/logout", .credential),
    ]

    private static let clients: [RouteCase] = [
        path("GET", "/api/clients", .scope("read:agents")),
        path("POST", "/api/clients", .scope("write:agents"), body: ["name": "", "phone_number": ""]),
        of(.client, "GET", "/api/clients/{id}", .scope("read:agents")),
        of(.client, "PUT", "/api/clients/{id}", .scope("write:agents"), body: ["name": "Stolen"]),
        of(.client, "DELETE", "/api/clients/{id}", .scope("delete:agents")),
    ]

    private static let calls: [RouteCase] = [
        path("GET", "/api/calls", .scope("read:calls")),
        RouteCase(operation: "GET /api/calls", needs: .scope("read:calls"), thing: .client) {
            Asked(path: "/api/calls?client_id=\($0)")
        },
        RouteCase(operation: "POST /api/calls", needs: .scope("write:calls"), thing: .client) {
            Asked(path: "/api/calls", body: ["client_id": JSON($0)])
        },
        RouteCase(operation: "POST /api/calls/batch", needs: .scope("write:calls"), thing: .client) {
            Asked(path: "/api/calls/batch", body: [["client_id": JSON($0)]])
        },
        of(.call, "GET", "/api/calls/{id}", .scope("read:calls")),
    ]

    private static let statistics: [RouteCase] = [
        path("GET", "/api/analytics/dashboard", .scope("read:calls")),
        path("GET", "/api/analytics/calls-per-day", .scope("read:calls")),
        path("GET", "/api/analytics/sentiment", .scope("read:calls")),
        of(.client, "GET", "/api/analytics/client/{id}/stats", .scope("read:calls")),
    ]

    /// Alike under every prefix.
    private static let keys: [RouteCase] = prefixes.flatMap { prefix in
        [
            path("GET", "\(prefix)/settings/api-keys", .scope("admin")),
            path("POST", "\(prefix)/settings/api-keys", .scope("admin"), body: ["name": ""]),
            of(.key, "DELETE", "\(prefix)/settings/api-keys/{id}", .scope("admin")),
            path("POST", "\(prefix)/ws/ticket", .scope("read:calls")),
            path("GET", "\(prefix)/calls/export", .scope("read:calls")),
            RouteCase(operation: "GET \(prefix)/calls/export", needs: .scope("read:calls"), thing: .client) {
                Asked(path: "\(prefix)/calls/export?client_id=\($0)")
            },
        ]
    }

    /// Alike under every prefix.
    private static let workspaces: [RouteCase] = prefixes.flatMap { prefix in
        [
            path("GET", "\(prefix)/workspace", .credential),
            path("PATCH", "\(prefix)/workspace", .scope("admin"), body: ["name": 1]),
            path("GET", "\(prefix)/workspace/members", .scope("admin")),
            path("POST", "\(prefix)/workspace/members", .scope("admin"), body: ["email": "x"]),
            of(.member, "PATCH", "\(prefix)/workspace/members/{id}", .scope("admin"), body: ["role": "user"]),
            of(.member, "DELETE", "\(prefix)/workspace/members/{id}", .scope("admin")),
            path("POST", "\(prefix)/workspace/invitations/accept", .nothing, body: ["token": "x"]),
            path("GET", "\(prefix)/auth/sessions", .credential),
            of(.session, "DELETE", "\(prefix)/auth/sessions/{id}", .credential),
            RouteCase(operation: "POST \(prefix)/auth/switch-workspace", needs: .credential, thing: .workspace) {
                Asked(path: "\(prefix)/auth/switch-workspace", body: ["workspace_id": JSON($0)])
            },
        ]
    }

    private static let probes: [RouteCase] =
        prefixes.flatMap { prefix in
            ["health", "openapi.json", "docs"].map { path("GET", "\(prefix)/\($0)", .nothing) }
        }
        + ["", "/voicera"].flatMap { prefix in
            ["readiness", "liveness"].map { path("GET", "\(prefix)/\($0)", .nothing) }
        }
}
