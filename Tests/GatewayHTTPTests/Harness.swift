import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import JWTKit
import Logging
import Testing

let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

/// A gateway over an in-memory bus, with a dialect made of the routes that a test needs.
struct Harness {
    static let secret = "a secret of at least thirty-two bytes, for tests"

    let bus = InMemoryBus(logger: silent)
    let revocations: RevocationList
    let authentication: Authentication
    let gateway: Gateway

    /// - Parameter dialects: in the place of one with those routes.
    init(
        _ routes: [Route] = [], dialects: [any Dialect] = [],
        revocations: RevocationList = RevocationList(staleAfterMS: 600_000),
        isFollowed: Bool = true,
        _ change: (inout Gateway.Parts) -> Void = { _ in }
    ) async {
        if isFollowed { revocations.noteFollowed() }
        self.revocations = revocations
        authentication = await Authentication(
            bus: bus, secret: Self.secret, audience: "voicera-api", revocations: revocations)
        var parts = Gateway.Parts(bus: bus, authentication: authentication, makeID: { UUID() }, logger: silent)
        parts.rates = .off
        change(&parts)
        gateway = Gateway(dialects.isEmpty ? [BareDialect(), TestDialect(routes: routes)] : dialects, parts: parts)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, headers: [String: String] = [:], body: String? = nil,
        from peer: NetworkAddress = .loopback
    ) async throws -> Received {
        var fields = HTTPFields()
        for (name, value) in headers { fields[HeaderName(name)!] = value }
        let bytes = ByteBuffer(string: body ?? "")
        if body != nil { fields[.contentLength] = String(bytes.readableBytes) }
        let request = Request(
            head: HTTPRequest(method: method, scheme: "http", authority: "test", path: path, headerFields: fields),
            body: RequestBody(buffer: bytes))
        let response = await gateway.respond(to: request, on: Connection(peer: peer))
        let collector = Collector()
        try await response.body.write(collector)
        return Received(status: response.status.code, headers: response.headers, text: collector.text)
    }

    static func claims(
        person: PersonID = PersonID(UUID()), session: SessionID = SessionID(UUID()),
        workspace: WorkspaceID = WorkspaceID(UUID()), scopes: Scopes = Role.admin.scopes, generation: Int = 0,
        dialect: String = "voicera"
    ) -> AccessClaims {
        let now = Int(Date().timeIntervalSince1970)
        return AccessClaims(
            sub: person.description, userID: person.description, email: "user@example.com", role: .admin,
            permissions: scopes.names, workspaceID: workspace.description, dialect: dialect, sid: session.description,
            gen: generation, jti: UUID().uuidString, iat: now, exp: now + 3600, aud: "voicera-api")
    }

    static func token(_ claims: AccessClaims = claims(), secret: String = secret) async throws -> String {
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return try await keys.sign(SignedClaims(claims))
    }
}

struct SignedClaims: JWTPayload {
    let claims: AccessClaims

    init(_ claims: AccessClaims) { self.claims = claims }
    init(from decoder: any Decoder) throws { claims = try AccessClaims(from: decoder) }
    func encode(to encoder: any Encoder) throws { try claims.encode(to: encoder) }
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// Nothing at the root.
struct BareDialect: Dialect {
    let name = "bare"
    let prefix = ""
    let routes: [Route] = []
    let errorSchema = DefaultRefusal.schema

    func spell(_ fault: Fault) -> Refusal { DefaultRefusal.of(fault) }
}

struct TestDialect: Dialect {
    let name = "test"
    let prefix = "/t"
    let routes: [Route]
    let errorSchema = Schema.object([.always("oops", .text())])

    func spell(_ fault: Fault) -> Refusal {
        Refusal(status: fault.status, body: JSONWriter.object { $0.field("oops", fault.message) })
    }
}

struct Received {
    let status: Int
    let headers: HTTPFields
    let text: String

    var json: JSONValue { (try? JSONParser.parse(ByteBuffer(string: text))) ?? .null }

    func header(_ name: String) -> String? { headers[HeaderName(name)!] }
}

final class Collector: ResponseBodyWriter, @unchecked Sendable {
    private var buffer = ByteBuffer()

    var text: String { String(buffer: buffer) }

    func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// Shows who asked, with what.
struct EchoBody: JSONShown {
    static let schema = Schema.object([
        .always("who", .text()), .always("workspace", .text().orNull), .always("segments", .array(of: .text())),
        .always("body", .text()), .always("address", .text()), .always("key", .text().orNull),
    ])

    let input: RouteInput

    func write(to json: inout JSONWriter) {
        json.field("who", input.caller.identity.credentialID)
        json.field("workspace", input.caller.workspaceID.map { $0.uuidString.lowercased() })
        json.name("segments")
        json.array(input.segments) { $0.text($1) }
        json.field("body", String(buffer: input.body))
        json.field("address", input.origin.address)
        json.field("key", input.idempotencyKey)
    }
}

extension Route {
    static func echo(
        _ method: HTTPRequest.Method, _ path: String, needs: Access = .nothing, rate: RateClass = .general,
        reads: Bool = false, do work: @escaping @Sendable (RouteInput) async throws -> Void = { _ in }
    ) -> Route {
        var route = Route(
            method, path, needs: needs, status: .ok, summary: "Echo", answer: .json(EchoBody.schema)
        ) { input in
            try await work(input)
            return Answer(.ok, EchoBody(input: input))
        }
        route.rate = rate
        if reads { route.body = .json(Schema.object([])) }
        return route
    }
}
