import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import JWTKit
import Logging
import ReceptionistDialect
import Testing

/// The whole gateway over an in-memory bus, with services that work on dictionaries.
struct TestGateway {
    static let secret = "a secret of at least thirty-two bytes, for tests"

    let bus = InMemoryBus(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    let auth = FakeAuth()
    let agents = FakeAgents()
    let calls = FakeCalls()
    let revocations = RevocationList(staleAfterMS: 600_000)
    let gateway: Gateway

    init(_ change: (inout Gateway.Parts) -> Void = { _ in }) async {
        auth.serve(on: bus)
        agents.serve(on: bus)
        calls.serve(on: bus)
        revocations.noteFollowed()
        let authentication = await Authentication(
            bus: bus, secret: Self.secret, audience: "voicera-api", revocations: revocations)
        var parts = Gateway.Parts(
            bus: bus, authentication: authentication, makeID: { UUID() },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        parts.rates = .off
        // A machine that does something else meanwhile must not make an answer late.
        parts.limits.workMS = 60_000
        change(&parts)
        let shared = APIKeyRoutes.routes + [CallsExport.route]
        gateway = Gateway(
            [DocumentedDialect(ReceptionistDialect(common: shared), title: "Test", version: "1")], parts: parts)
    }

    /// Sends a request as a person who has registered, if a token is given.
    func send(
        _ method: HTTPRequest.Method, _ path: String, token: String? = nil, headers: [String: String] = [:],
        body: String? = nil
    ) async throws -> TestAnswer {
        var fields = HTTPFields()
        for (name, value) in headers { fields[HeaderName(name)!] = value }
        if let token { fields[.authorization] = "Bearer \(token)" }
        let bytes = ByteBuffer(string: body ?? "")
        if body != nil {
            fields[.contentLength] = String(bytes.readableBytes)
            if fields[.contentType] == nil { fields[.contentType] = "application/json" }
        }
        let request = Request(
            head: HTTPRequest(method: method, scheme: "http", authority: "test", path: path, headerFields: fields),
            body: RequestBody(buffer: bytes))
        let response = await gateway.respond(to: request, on: Connection(peer: .loopback))
        let collector = BodyCollector()
        try await response.body.write(collector)
        return TestAnswer(status: response.status.code, headers: response.headers, text: collector.text)
    }

    /// A person with a workspace of their own.
    func register(_ email: String = "user@example.com") async throws -> String {
        let answer = try await send(
            .post, "/api/auth/register", body: #"{"email":"\#(email)","password":"password123","name":"John Doe"}"#)
        return try #require(answer["token"]?.textValue)
    }

    /// A client of the person's workspace.
    func makeClient(_ token: String, phone: String = "+1-555-0100") async throws -> String {
        let answer = try await send(
            .post, "/api/clients", token: token,
            body: #"{"name":"Dr. Mike's Dental","phone_number":"\#(phone)","profession":"dentist"}"#)
        return try #require(answer["client"]?["id"]?.textValue)
    }
}

struct TestAnswer {
    let status: Int
    let headers: HTTPFields
    let text: String

    var json: JSONValue { (try? JSONParser.parse(ByteBuffer(string: text))) ?? .null }

    subscript(key: String) -> JSONValue? { json[key] }

    func header(_ name: String) -> String? { headers[HeaderName(name)!] }
}

final class BodyCollector: ResponseBodyWriter, @unchecked Sendable {
    private var buffer = ByteBuffer()

    var text: String { String(buffer: buffer) }

    func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
