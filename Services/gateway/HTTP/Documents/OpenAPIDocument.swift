import Contracts

/// The description of a dialect in OpenAPI 3.1, made from its routes.
package struct OpenAPIDocument: Sendable {
    package let json: JSONValue

    /// - Parameters:
    ///   - routes: of that dialect.
    ///   - other: a dialect with the same prefix, whose routes are described, too. Where both have one, the description
    ///     says what either takes and answers.
    package init(
        title: String, version: String, dialect: any Dialect, routes: [Route], beside other: (any Dialect)? = nil
    ) {
        let others = other?.routes ?? []
        let own = routes.map { route in
            let rival = others.first { $0.isAt(route) }
            return Operation(route, rival: rival, names: [dialect.name, other?.name ?? ""], of: dialect)
        }
        let foreign = others.filter { route in !routes.contains { $0.isAt(route) } }.map {
            Operation($0, of: other ?? dialect)
        }
        let operations = own + foreign
        var paths: [JSONValue.Member] = []
        for operation in operations {
            let entry = JSONValue.Member(operation.method, operation.json)
            if let known = paths.firstIndex(where: { $0.key == operation.path }) {
                paths[known].value = .object((paths[known].value.members ?? []) + [entry])
            } else {
                paths.append(.init(operation.path, .object([entry])))
            }
        }
        let schemas = Schema.merged(operations.map { Schema(.null, components: $0.schemas) })
        json = [
            "openapi": "3.1.0",
            "info": [
                "title": .text(title), "version": .text(version),
                "description": .text(
                    "The \(dialect.name) surface. Errors have one body; every answer names its request in X-Request-Id. "
                        + "What happens in a workspace is shown as it happens over the WebSockets `/ws` and "
                        + "`/voiceflow/ws`: frames `{type, data, timestamp, seq}`, resumable with `?resume_from=`; see "
                        + "`POST ws/ticket`."
                ),
            ],
            "servers": [["url": "/"]],
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"],
                    "apiKey": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
                    "link": ["type": "apiKey", "in": "query", "name": "signature"],
                ],
                "headers": Self.headers,
                "responses": .object(
                    Operation.refusals.map { .init("Status\($0.status)", Operation.refusal($0, dialect.errorSchema)) }
                        + [.init("Refusal", Operation.refusal((0, "Any other refusal"), dialect.errorSchema))]),
                "schemas": .object(schemas.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }),
            ],
        ]
    }

    private static let headers: JSONValue = [
        "RequestId": [
            "description": "Names the request; the sender's own, if it is 8–64 of [A-Za-z0-9._-].",
            "schema": ["type": "string"],
        ],
        "RateLimit": [
            "description": "Requests a minute; 0 where there is no limit.", "schema": ["type": "integer"],
        ],
        "RateRemaining": ["description": "Requests that are left.", "schema": ["type": "integer"]],
        "RateReset": [
            "description": "When all are left again, in seconds since 1970.", "schema": ["type": "integer"],
        ],
        "ETag": ["description": "The version, for If-Match.", "schema": ["type": "string"]],
        "RetryAfter": ["description": "Seconds until a retry makes sense.", "schema": ["type": "integer"]],
        "Replayed": ["description": "`true` when this is the first answer again.", "schema": ["type": "string"]],
    ]
}

/// One route as an operation of the document.
struct Operation {
    let path: String
    let method: String
    let json: JSONValue
    let schemas: [String: JSONValue]

    /// - Parameters:
    ///   - rival: the same method and path in another dialect.
    ///   - names: of the two dialects.
    init(_ route: Route, rival: Route? = nil, names: [String] = [], of dialect: any Dialect) {
        let stated = route
        let route = rival.map { stated.described(beside: $0) } ?? stated
        path = "\(dialect.prefix)/\(route.path)"
        method = route.method.rawValue.lowercased()
        var members: [JSONValue.Member] = [
            .init("operationId", .text(Self.identifier(method, route.path))), .init("summary", .text(route.summary)),
            .init("tags", [.text(String(route.path.prefix { $0 != "/" }))]),
            .init("security", Self.security(route.needs)),
        ]
        if let scopes = route.needs.scopes, !scopes.isEmpty {
            var text = "Needs \(scopes.names.joined(separator: ", "))."
            if case .scopesUnlessOpen = route.needs { text += " With OPEN_INGEST it needs nothing." }
            if case .scopesOrLink = route.needs { text += " An address that the API signed needs nothing else." }
            members.append(.init("description", .text(text)))
            members.append(.init("x-scopes", .array(scopes.names.map { .text($0) })))
        }
        let parameters =
            Self.parameters(of: route, offersEnvelope: dialect.offersEnvelope)
            + (rival == nil ? [] : [Self.dialectParameter(names)])
        if !parameters.isEmpty { members.append(.init("parameters", .array(parameters))) }
        var schemas = dialect.errorSchema.components
        switch route.body {
        case .none: break
        case .json(let schema), .largeJSON(let schema):
            members.append(.init("requestBody", Self.requestBody(["application/json": schema])))
            schemas.merge(schema.components) { first, _ in first }
        case .table(let schema):
            members.append(
                .init("requestBody", Self.requestBody(["application/json": schema, "text/csv": .text()])))
            schemas.merge(schema.components) { first, _ in first }
        case .batch(let item):
            members.append(
                .init(
                    "requestBody",
                    Self.requestBody(["application/json": .array(of: item), "application/x-ndjson": item])))
            schemas.merge(item.components) { first, _ in first }
        case .multipart(let schema):
            let form: JSONValue = ["multipart/form-data": ["schema": schema.json]]
            members.append(.init("requestBody", ["required": true, "content": form]))
            schemas.merge(schema.components) { first, _ in first }
        case .streamed(let types):
            members.append(.init("requestBody", ["required": true, "content": Self.bytes(types)]))
        }
        if case .json(let schema) = route.answer { schemas.merge(schema.components) { first, _ in first } }
        let otherAnswer = rival.flatMap { $0.status == route.status ? nil : $0 }
        if case .json(let schema)? = otherAnswer?.answer { schemas.merge(schema.components) { first, _ in first } }
        members.append(.init("responses", Self.responses(of: route, or: otherAnswer)))
        json = .object(members)
        self.schemas = schemas
    }

    /// `get /clients/{id}` becomes `getClientsById`.
    private static func identifier(_ method: String, _ path: String) -> String {
        let words = path.split { "/-._".contains($0) }.map { word in
            word.hasPrefix("{") ? "By" + word.dropFirst().dropLast().capitalized : word.capitalized
        }
        return method + words.joined()
    }

    private static func security(_ needs: Access) -> JSONValue {
        switch needs {
        case .nothing: []
        case .credential, .scopes: [["bearer": []], ["apiKey": []]]
        case .scopesUnlessOpen: [["bearer": []], ["apiKey": []], .object([])]
        case .scopesOrLink: [["bearer": []], ["apiKey": []], ["link": []]]
        }
    }

    private static func parameters(of route: Route, offersEnvelope: Bool) -> [JSONValue] {
        var parameters = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment -> JSONValue in
            [
                "name": .text(String(segment.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": Schema.uuid.json,
            ]
        }
        parameters += route.query.map {
            [
                "name": .text($0.name), "in": "query", "required": false, "description": .text($0.summary),
                "schema": $0.schema.json,
            ]
        }
        if case .json = route.answer, offersEnvelope {
            parameters.append([
                "name": "envelope", "in": "query", "required": false,
                "description": "`true` puts the body of a success into {success, data, error, timestamp}.",
                "schema": Schema.boolean.json,
            ])
        }
        return parameters
            + headers(of: route).map { name, summary in
                [
                    "name": .text(name), "in": "header", "required": false, "description": .text(summary),
                    "schema": Schema.text(atMost: 255).json,
                ]
            }
    }

    private static func headers(of route: Route) -> [(name: String, summary: String)] {
        var headers: [(name: String, summary: String)] = []
        if route.acceptsIdempotencyKey {
            headers.append(
                ("Idempotency-Key", "Makes a retry safe: the same key and body get the first answer again."))
        }
        if route.isVersioned, route.method != .get {
            headers.append(("If-Match", "The ETag of what is to be changed: 412 when it has been changed meanwhile."))
        }
        if case .bytes = route.answer { headers.append(("Range", "Only this piece: `bytes=0-1023`, `bytes=-1024`.")) }
        if case .streamed = route.body {
            headers.append(("X-Content-SHA256", "Of the body, in hexadecimal: 422 when it has another."))
            headers.append(("Content-MD5", "Of the body, in base64: 422 when it has another."))
        }
        return headers
    }

    private static func dialectParameter(_ names: [String]) -> JSONValue {
        [
            "name": "X-API-Dialect", "in": "header", "required": false,
            "description": "Whose body and answer it is; that of the product where the account was made when absent.",
            "schema": Schema.text(among: names).json,
        ]
    }

    private static func requestBody(_ types: [String: Schema]) -> JSONValue {
        ["required": true, "content": content(types)]
    }

    private static func content(_ types: [String: Schema]) -> JSONValue {
        .object(
            types.sorted { $0.key < $1.key }.map { type, schema in
                .init(type, ["schema": schema.json, "example": SchemaExample.of(schema)])
            })
    }

    private static func bytes(_ types: [String]) -> JSONValue {
        .object(types.map { .init($0, ["schema": ["type": "string", "format": "binary"]]) })
    }

    /// - Parameter other: the route that succeeds with another status, in another dialect.
    private static func responses(of route: Route, or other: Route?) -> JSONValue {
        var responses = ([route] + (other.map { [$0] } ?? [])).map { route in
            JSONValue.Member(String(route.status.code), success(of: route))
        }
        if case .bytes = route.answer {
            responses.append(.init("206", success(of: route, summary: "The piece that Range asks for")))
            responses.append(.init("304", ["description": "If-None-Match names what is there"]))
            responses.append(
                .init("416", ["$ref": "#/components/responses/Refusal"]))
        }
        for status in route.otherStatuses {
            responses.append(.init(String(status), success(of: route, summary: "Not all is well")))
        }
        for status in refusals(of: route) where !route.otherStatuses.contains(status) {
            responses.append(.init(String(status), ["$ref": .text("#/components/responses/Status\(status)")]))
        }
        responses.append(.init("default", ["$ref": "#/components/responses/Refusal"]))
        return .object(responses)
    }

    private static func success(of route: Route, summary: String = "Success") -> JSONValue {
        var headers = commonHeaders
        if route.acceptsIdempotencyKey {
            headers.append(.init("Idempotent-Replayed", ["$ref": "#/components/headers/Replayed"]))
        }
        if route.isVersioned, route.method != .delete {
            headers.append(.init("ETag", ["$ref": "#/components/headers/ETag"]))
        }
        let content: JSONValue? =
            switch route.answer {
            case .json(let schema): content(["application/json": schema])
            case .media(let type): .object([.init(type, ["schema": ["type": "string"]])])
            case .bytes(let types): bytes(types)
            case .nothing: nil
            }
        guard let content else { return ["description": .text(summary), "headers": .object(headers)] }
        return ["description": .text(summary), "headers": .object(headers), "content": content]
    }

    private static let commonHeaders: [JSONValue.Member] = [
        .init("X-Request-Id", ["$ref": "#/components/headers/RequestId"]),
        .init("X-RateLimit-Limit", ["$ref": "#/components/headers/RateLimit"]),
        .init("X-RateLimit-Remaining", ["$ref": "#/components/headers/RateRemaining"]),
        .init("X-RateLimit-Reset", ["$ref": "#/components/headers/RateReset"]),
    ]

    /// A refusal that several operations share.
    static func refusal(_ refusal: (status: Int, summary: String), _ error: Schema) -> JSONValue {
        var headers = commonHeaders
        if [409, 429, 503].contains(refusal.status) {
            headers.append(.init("Retry-After", ["$ref": "#/components/headers/RetryAfter"]))
        }
        return [
            "description": .text(refusal.summary), "headers": .object(headers),
            "content": ["application/json": ["schema": error.json, "example": SchemaExample.of(error)]],
        ]
    }

    static let refusals: [(status: Int, summary: String)] = [
        (400, "The body or the query is malformed; the text names what is wrong"),
        (401, "No credential, or not a good one"), (403, "The credential lacks a scope"),
        (404, "There is no such thing in this workspace"),
        (409, "It is taken, or the first request with this key is still running"),
        (412, "It was changed since the version that If-Match names"), (413, "The body is too large"),
        (422, "The input is wrong, the text names the field; or the key or id was used with another body"),
        (429, "Too many requests"),
        (503, "Something needed is down or busy; a retry is safe"),
    ]

    private static func refusals(of route: Route) -> [Int] {
        var refusals: [Int] = []
        var hasBody = false
        if case .none = route.body {} else { hasBody = true }
        let hasInput = hasBody || !route.query.isEmpty
        if hasInput { refusals.append(400) }
        if route.needs != .nothing { refusals.append(401) }
        if let scopes = route.needs.scopes, !scopes.isEmpty { refusals.append(403) }
        let namesThings = route.query.contains { $0.name.hasSuffix("_id") }
        if route.path.contains("{") || hasBody || namesThings { refusals.append(404) }
        if hasBody || route.acceptsIdempotencyKey || route.mayConflict { refusals.append(409) }
        if route.isVersioned, route.method != .get { refusals.append(412) }
        if hasBody { refusals.append(413) }
        if hasInput || route.acceptsIdempotencyKey { refusals.append(422) }
        if case .unlimited = route.rate {} else { refusals.append(429) }
        return refusals + [503]
    }
}
