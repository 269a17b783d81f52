import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import JWTKit
import Logging
import Testing

@testable import VoiceFlowDialect

/// The surface over an in-memory bus. Every answer is held against the surface's own description.
struct TestGateway {
    private static let secret = "a secret of at least thirty-two bytes, for tests"

    let services = FakeServices()
    private let gateway: Gateway
    private let description: PublishedDescription
    private let token: String

    init() async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let bus = InMemoryBus(logger: logger)
        services.serve(on: bus)
        let revocations = RevocationList(staleAfterMS: 600_000)
        revocations.noteFollowed()
        let authentication = await Authentication(
            bus: bus, secret: Self.secret, audience: "voicera-api", revocations: revocations)
        var parts = Gateway.Parts(bus: bus, authentication: authentication, makeID: { UUID() }, logger: logger)
        parts.rates = .off
        parts.limits.workMS = 60_000
        let dialect = VoiceFlowDialect(prefix: "/voiceflow")
        let root = VoiceFlowDialect(prefix: "")
        gateway = Gateway([dialect, root], parts: parts)
        description = PublishedDescription(
            OpenAPIDocument(title: "t", version: "1", dialect: dialect, routes: dialect.routes).json)
        token = try await Self.token()
    }

    func send(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws -> TestAnswer {
        var fields: HTTPFields = [.authorization: "Bearer \(token)", .contentType: "application/json"]
        let bytes = ByteBuffer(string: body ?? "")
        if body != nil { fields[.contentLength] = String(bytes.readableBytes) }
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "test", path: "/voiceflow" + path, headerFields: fields),
            body: RequestBody(buffer: bytes))
        let response = await gateway.respond(to: request, on: Connection(peer: .loopback))
        let collector = BodyCollector()
        try await response.body.write(collector)
        let answer = TestAnswer(
            status: response.status.code, json: try JSONParser.parse(collector.buffer), link: response.headers[.link])
        let problems = description.problems(
            method: method.rawValue, path: "/voiceflow" + path.prefix { $0 != "?" }, status: answer.status,
            body: answer.json)
        #expect(problems.isEmpty, "\(method) \(path): \(problems)")
        return answer
    }

    /// Of the surface, without those that all have.
    let routes = VoiceFlowDialect(prefix: "").routes

    func get(_ path: String) async throws -> JSONValue {
        let answer = try await send(.get, path)
        #expect(answer.status == 200, "\(path): \(answer.json)")
        return answer.json
    }

    private static func token() async throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        let id = UUID().uuidString.lowercased()
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return try await keys.sign(
            SignedClaims(
                claims: AccessClaims(
                    sub: id, userID: id, email: "user@example.com", role: .admin,
                    permissions: Role.admin.scopes.names, workspaceID: id, dialect: "voiceflow", sid: id, gen: 0,
                    jti: id, iat: now, exp: now + 3600, aud: "voicera-api")))
    }
}

struct TestAnswer {
    let status: Int
    let json: JSONValue
    let link: String?

    subscript(name: String) -> JSONValue? { json[name] }
}

private struct SignedClaims: JWTPayload {
    let claims: AccessClaims

    init(claims: AccessClaims) { self.claims = claims }
    init(from decoder: any Decoder) throws { claims = try AccessClaims(from: decoder) }
    func encode(to encoder: any Encoder) throws { try claims.encode(to: encoder) }
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

private final class BodyCollector: ResponseBodyWriter, @unchecked Sendable {
    private(set) var buffer = ByteBuffer()

    func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
