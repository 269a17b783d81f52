import Bus
import Contracts
import Foundation
import GatewayHTTP
import Testing

@Suite struct BatchTests {
    @Test func `each call of a batch is stored or refused on its own`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let id = UUID().uuidString.lowercased()
        let answer = try await test.send(
            .post, "/api/calls/batch", token: token,
            body: """
                [{"client_id":"\(client)","id":"\(id)"}, {"client_id":"\(client)","duration_seconds":-1}, 5,
                 {"client_id":"\(client)","id":"\(id)"}, {"client_id":"\(client)","id":"\(id)","success":false}, {}]
                """)
        #expect(answer.status == 200)
        let results = try #require(answer["results"]?.items)
        #expect(
            results.map { $0["status"]?.textValue } == [
                "created", "refused", "refused", "replayed", "refused", "refused",
            ])
        #expect(results.map { $0["index"]?.integerValue } == [0, 1, 2, 3, 4, 5])
        #expect(results[1]["error"] == "duration_seconds must be at least 0")
        #expect(results[2]["error"] == "A call must be a JSON object")
        #expect(results[4]["error"] == "This key or id was used with another body")
        #expect(results[5]["error"] == "Client ID required")
        #expect(results.map { $0["id"] } == [.text(id), .null, .null, .text(id), .text(id), .null])
        #expect(answer["created"] == 1 && answer["replayed"] == 1 && answer["refused"] == 4)
    }

    @Test func `lines are read one by one, and a broken one is refused alone`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let answer = try await test.send(
            .post, "/api/calls/batch", token: token, headers: ["Content-Type": "application/x-ndjson"],
            body: "{\"client_id\":\"\(client)\"}\r\n\n{broken\n  \n{\"client_id\":\"\(client)\"}")
        #expect(answer["created"] == 2 && answer["refused"] == 1)
        #expect(answer["results"]?.items?.count == 3)
    }

    @Test func `a key makes each call of a retried batch the same call`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let body = "[" + Array(repeating: #"{"client_id":"\#(client)"}"#, count: 3).joined(separator: ",") + "]"
        let headers = ["Idempotency-Key": "batch"]
        let first = try await test.send(.post, "/api/calls/batch", token: token, headers: headers, body: body)
        let again = try await test.send(.post, "/api/calls/batch", token: token, headers: headers, body: body)
        #expect(first["created"] == 3 && again["replayed"] == 3)
        #expect(test.calls.state.withLockedValue { $0.calls.count } == 3)
    }

    @Test func `a thousand calls are taken and one more is not`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        for (count, status) in [(1000, 200), (1001, 413)] {
            let body = "[" + Array(repeating: #"{"client_id":"\#(client)"}"#, count: count).joined(separator: ",") + "]"
            #expect(try await test.send(.post, "/api/calls/batch", token: token, body: body).status == status)
        }
        #expect(test.calls.state.withLockedValue { $0.calls.count } == 1000)
    }

    @Test(arguments: ["", "{}", "[", "[{}", "[1,]", "[]", "null"])
    func `a batch that is no array is refused whole`(body: String) async throws {
        let test = await TestGateway()
        let token = try await test.register()
        #expect(try await test.send(.post, "/api/calls/batch", token: token, body: body).status == 400)
    }

    @Test func `a large batch goes in several messages`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let transcript = String(repeating: "a", count: 500_000)
        let call = #"{"client_id":"\#(client)","transcript":"\#(transcript)"}"#
        let body = "[" + Array(repeating: call, count: 15).joined(separator: ",") + "]"
        let answer = try await test.send(.post, "/api/calls/batch", token: token, body: body)
        #expect(answer["created"] == 15)
        let batches = test.calls.state.withLockedValue { $0.batches }
        #expect(batches.count == 3 && batches.reduce(0, +) == 15)
    }

    /// A call that may be stored must not be called refused.
    @Test(arguments: [
        (FaultCode.outcomeUnknown, true, 503), (.outcomeUnknown, false, 503), (.unavailable, true, 503),
        (.unavailable, false, 200), (.clientNotFound, true, 200),
    ])
    func `a batch whose fate is open is asked for again`(code: FaultCode, hasKey: Bool, status: Int) async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        test.calls.state.withLockedValue { $0.failure = Fault(code) }
        let answer = try await test.send(
            .post, "/api/calls/batch", token: token, headers: hasKey ? ["Idempotency-Key": "batch"] : [:],
            body: #"[{"client_id":"\#(client)"}]"#)
        #expect(answer.status == status)
        // An id that was made up and is stored nowhere is not shown.
        if status == 200 { #expect(answer["results"]?.items?[0]["id"] == .null) }
    }
}
