import Bus
import Contracts
import Foundation
import GatewayHTTP
import ReceptionistDialect
import Testing

@Suite struct RefusalTests {
    @Test(arguments: [
        ("{}", "Client ID required"), (#"{"client_id":null}"#, "Client ID required"),
        (#"{"client_id":""}"#, "Client ID required"), ("[]", "The body must be a JSON object"),
        ("", "The body is empty; it must be a JSON object"), ("{", "The body is not valid JSON: it ends too early"),
        ("{\"client_id\":\"ID\"} x", "The body is not valid JSON: there is something behind the value"),
        (#"{"client_id":"ID","duration_seconds":"45"}"#, "duration_seconds must be a number"),
        (#"{"client_id":"ID","duration_seconds":-1}"#, "duration_seconds must be at least 0"),
        (#"{"client_id":"ID","duration_seconds":1e300}"#, "duration_seconds must be at most 2678400"),
        (
            #"{"client_id":"ID","duration_seconds":1e999}"#,
            "The body is not valid JSON: duration_seconds is too large a number"
        ),
        (#"{"client_id":"ID","duration_seconds":NaN}"#, "The body is not valid JSON at byte 72"),
        (#"{"client_id":"ID","stt_latency_ms":3600001}"#, "stt_latency_ms must be at most 3600000"),
        (#"{"client_id":"ID","llm_latency_ms":true}"#, "llm_latency_ms must be a number"),
        (#"{"client_id":"ID","success":"true"}"#, "success must be true or false"),
        (#"{"client_id":"ID","success":1}"#, "success must be true or false"),
        (#"{"client_id":"ID","sentiment":"HAPPY"}"#, "sentiment must be POSITIVE, NEGATIVE or NEUTRAL"),
        (#"{"client_id":"ID","sentiment":5}"#, "sentiment must be a text"),
        (#"{"client_id":"ID","caller_name":["x"]}"#, "caller_name must be a text"),
        (#"{"client_id":"ID","notes":"\u0000"}"#, "notes must not contain the character U+0000"),
        (#"{"client_id":"ID","notes":"\ud800"}"#, "The body is not valid JSON: notes contains half a surrogate pair"),
        (#"{"client_id":"ID","created_at":"yesterday"}"#, "created_at must be an RFC 3339 date and time"),
        (#"{"client_id":"ID","created_at":"2999-01-01T00:00:00Z"}"#, "created_at must not be in the future"),
        (#"{"client_id":"ID","created_at":1735208000}"#, "created_at must be a text"),
        (#"{"client_id":"ID","id":"x"}"#, "id must be a UUID"), (#"{"client_id":"ID","id":5}"#, "id must be a UUID"),
    ])
    func `a wrong call is refused with what is wrong, and nothing is stored`(body: String, text: String) async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let answer = try await test.send(
            .post, "/api/calls", token: token, body: body.replacingOccurrences(of: "ID", with: client))
        #expect(answer.status == 400)
        #expect(answer["error"] == .text(text))
        #expect(answer["message"] == .text(text))
        #expect(test.calls.state.withLockedValue { $0.calls.isEmpty })
    }

    @Test(arguments: [#""x""#, "5", "{}", "[]", #""550e8400""#])
    func `a client id that is no UUID is the id of no client`(id: String) async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let answer = try await test.send(.post, "/api/calls", token: token, body: #"{"client_id":\#(id)}"#)
        #expect(answer.status == 404 && answer["error"] == "Client not found")
    }

    @Test func `texts over their limits are refused`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        for (field, limit) in [("caller_phone", 64), ("caller_name", 200), ("recording_url", 2048), ("notes", 16_384)] {
            for (count, status) in [(limit, 201), (limit + 1, 400)] {
                let answer = try await test.send(
                    .post, "/api/calls", token: token,
                    body: #"{"client_id":"\#(client)","\#(field)":"\#(String(repeating: "é", count: count))"}"#)
                #expect(answer.status == status, "\(field) \(count)")
            }
        }
        let long = #"{"client_id":"\#(client)","transcript":"\#(String(repeating: "a", count: 512 * 1024 + 1))"}"#
        #expect(try await test.send(.post, "/api/calls", token: token, body: long).status == 400)
        let huge = #"{"client_id":"\#(client)","transcript":"\#(String(repeating: "a", count: 1024 * 1024))"}"#
        let refused = try await test.send(.post, "/api/calls", token: token, body: huge)
        #expect(refused.status == 413 && refused["error"] == "The body may have at most 1048576 bytes")
    }

    @Test func `the texts of the product are kept`() async throws {
        let test = await TestGateway()
        func text(_ path: String, _ body: String) async throws -> String {
            let answer = try await test.send(.post, path, body: body)
            return "\(answer.status) \(answer["error"]?.textValue ?? "")"
        }
        let register = "/api/auth/register"
        #expect(try await text(register, "{}") == "400 Email and password required")
        #expect(try await text(register, #"{"email":"a@b.c"}"#) == "400 Email and password required")
        #expect(
            try await text(register, #"{"email":"a@b.c","password":"short"}"#)
                == "400 Password must be at least 6 characters")
        #expect(try await text(register, #"{"email":5,"password":"longer"}"#) == "400 email must be a text")
        #expect(try await text(register, #"{"email":"a@b.c","password":"longer"}"#) == "201 ")
        #expect(try await text(register, #"{"email":"A@B.C","password":"longer"}"#) == "400 Email already registered")
        #expect(
            try await text("/api/auth/login", #"{"email":"a@b.c","password":"wrong!"}"#)
                == "401 Invalid email or password")
        let token = try await test.register()
        let incomplete = try await test.send(
            .post, "/api/clients", token: token, body: #"{"name":" ","phone_number":"1"}"#)
        #expect(incomplete.status == 400 && incomplete["error"] == "Name and phone number required")
        _ = try await test.makeClient(token)
        let taken = try await test.send(
            .post, "/api/clients", token: token, body: #"{"name":"x","phone_number":"+1-555-0100"}"#)
        #expect(taken.status == 400 && taken["error"] == "Phone number already in use")
        let agent = try await test.send(
            .post, "/api/clients", token: token, body: #"{"name":"x","phone_number":"2","agent_id":"x"}"#)
        #expect(agent.status == 404 && agent["error"] == "Agent not found")
        let emptied = try await test.send(
            .put, "/api/clients/\(UUID().uuidString)", token: token, body: #"{"name":" "}"#)
        #expect(emptied.status == 400 && emptied["error"] == "name must not be empty")
    }

    @Test(arguments: [
        "/api/clients/x", "/api/calls/x", "/api/analytics/client/x/stats", "/api/calls/%00", "/api/clients/1",
    ])
    func `ids that are no UUIDs are 404`(path: String) async throws {
        let test = await TestGateway()
        #expect(try await test.send(.get, path, token: try await test.register()).status == 404)
    }

    @Test(arguments: [
        ("limit=0", 400), ("limit=-1", 400), ("limit=x", 400), ("limit=1.5", 400),
        ("limit=9999999999999999999999", 200),
        ("offset=-1", 400), ("offset=x", 400), ("offset=5", 200), ("days=0", 400), ("days=3660", 200),
        ("days=3661", 400),
        ("days=x", 400), ("client_id=x", 404), ("client_id=", 200), ("cursor=x", 400), ("unknown=1", 200),
        ("limit=", 200),
    ])
    func `query parameters are checked`(query: String, status: Int) async throws {
        let test = await TestGateway()
        let answer = try await test.send(.get, "/api/calls?\(query)", token: try await test.register())
        #expect(answer.status == status)
    }

    @Test func `a service that is down, busy or late is 503 with Retry-After`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        for code in [FaultCode.unavailable, .overloaded, .outcomeUnknown] {
            test.calls.state.withLockedValue { $0.failure = Fault(code, retryAfterMS: 1500) }
            let answer = try await test.send(.post, "/api/calls", token: token, body: #"{"client_id":"\#(client)"}"#)
            #expect(answer.status == 503 && answer.header("Retry-After") == "2")
            #expect(answer["error"] == .text(code.defaultMessage))
        }
    }

    @Test func `every failure of the catalogue has a status that is no success`() {
        let dialect = ReceptionistDialect()
        for code in FaultCode.allCases {
            #expect((400...599).contains(dialect.spell(Fault(code)).status.code), "\(code)")
        }
    }
}
