import Bus
import Contracts
import Foundation
import GatewayHTTP
import Testing

@Suite struct IdempotencyTests {
    @Test func `the same key and body store one call and answer it again`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        func log(_ key: String, _ name: String = "John") async throws -> TestAnswer {
            try await test.send(
                .post, "/api/calls", token: token, headers: ["Idempotency-Key": key],
                body: #"{"client_id":"\#(client)","caller_name":"\#(name)"}"#)
        }
        let first = try await log("key-1")
        let again = try await log("key-1")
        #expect(first.status == 201 && again.status == 201)
        #expect(first.text == again.text)
        #expect(first.header("Idempotent-Replayed") == nil && again.header("Idempotent-Replayed") == "true")
        let other = try await log("key-1", "Jane")
        #expect(other.status == 422 && other["error"] == "This key or id was used with another body")
        #expect(try await log("key-2")["call"]?["id"] != first["call"]?["id"])
        #expect(test.calls.state.withLockedValue { $0.calls.count } == 2)
        let id = try #require(first["call"]?["id"]?.textValue)
        #expect(id.dropFirst(14).first == "8")
    }

    @Test func `a key belongs to its credential and workspace`() async throws {
        let test = await TestGateway()
        var ids: Set<String> = []
        for email in ["a@example.com", "b@example.com"] {
            let token = try await test.register(email)
            let client = try await test.makeClient(token)
            let answer = try await test.send(
                .post, "/api/calls", token: token, headers: ["Idempotency-Key": "same"],
                body: #"{"client_id":"\#(client)"}"#)
            ids.insert(try #require(answer["call"]?["id"]?.textValue))
        }
        #expect(ids.count == 2)
    }

    @Test func `an id in the body is the identity, whatever the key`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let id = UUID().uuidString
        let body = #"{"client_id":"\#(client)","id":"\#(id)"}"#
        let first = try await test.send(.post, "/api/calls", token: token, body: body)
        let again = try await test.send(
            .post, "/api/calls", token: token, headers: ["Idempotency-Key": "k"], body: body)
        #expect(first["call"]?["id"] == .text(id.lowercased()))
        #expect(again.header("Idempotent-Replayed") == "true")
    }

    @Test func `a key that was used with another id is refused`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        var statuses: [Int] = []
        for _ in 0..<2 {
            let answer = try await test.send(
                .post, "/api/calls", token: token, headers: ["Idempotency-Key": "k"],
                body: #"{"client_id":"\#(client)","id":"\#(UUID().uuidString)"}"#)
            statuses.append(answer.status)
        }
        #expect(statuses == [201, 422])
    }

    @Test(arguments: ["", " ", "a b", "ä", String(repeating: "a", count: 256)])
    func `a malformed key is refused`(key: String) async throws {
        let test = await TestGateway()
        let token = try await test.register()
        let client = try await test.makeClient(token)
        let answer = try await test.send(
            .post, "/api/calls", token: token, headers: ["Idempotency-Key": key], body: #"{"client_id":"\#(client)"}"#)
        #expect(answer.status == 400)
        #expect(answer["error"] == "Idempotency-Key must be 1 to 255 visible ASCII characters")
    }

    @Test func `other POSTs carry key and fingerprint to the owner`() async throws {
        let test = await TestGateway()
        let token = try await test.register()
        func make(_ name: String) async throws -> TestAnswer {
            try await test.send(
                .post, "/api/clients", token: token, headers: ["Idempotency-Key": "k"],
                body: #"{"name":"\#(name)","phone_number":"+1"}"#)
        }
        let first = try await make("A")
        let again = try await make("A")
        #expect(first.status == 201 && again.status == 201 && again.header("Idempotent-Replayed") == "true")
        #expect(first.text == again.text)
        #expect(try await make("B").status == 422)
    }

    @Test func `register ignores the key`() async throws {
        let test = await TestGateway()
        for (email, status) in [("a@example.com", 201), ("a@example.com", 400)] {
            let answer = try await test.send(
                .post, "/api/auth/register", headers: ["Idempotency-Key": "bad key with spaces"],
                body: #"{"email":"\#(email)","password":"password"}"#)
            #expect(answer.status == status)
        }
    }
}
