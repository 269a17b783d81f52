import Bus
import Contracts
import Foundation
import GatewayHTTP
import Testing

@Suite struct APIKeyTests {
    let grant = APIKeyGrant(
        id: APIKeyID(UUID()), workspaceID: WorkspaceID(UUID()), scopes: .readCalls, clientHint: "voicera",
        expiresAt: nil)

    func harness(_ asked: Seen<Int>, answer: @escaping @Sendable () throws -> APIKeyGrant) async -> Harness {
        let harness = await Harness([AuthenticationTests.route])
        harness.bus.serve(CheckAPIKey.self) { request, caller in
            guard case .service("gateway") = caller.identity else { throw Fault(.permissionDenied) }
            asked.put((asked.value ?? 0) + 1)
            guard request.secret == "sb_good" else { throw Fault(.tokenInvalid) }
            return try answer()
        }
        return harness
    }

    @Test func `a key is asked of auth once, and its use is reported`() async throws {
        let asked = Seen<Int>()
        let grant = grant
        let harness = await harness(asked) { grant }
        for _ in 0..<5 {
            let answer = try await harness.send(.get, "/t/x", headers: ["X-API-Key": "sb_good"])
            #expect(answer.json["who"] == .text("key:\(grant.id)"))
            #expect(answer.json["workspace"] == .text("\(grant.workspaceID)"))
        }
        #expect(asked.value == 1)
        let noted = Seen<[NoteAPIKeyUse.Use]>()
        harness.bus.serve(NoteAPIKeyUse.self) { request, _ in
            noted.put(request.uses)
            return Done()
        }
        await harness.authentication.apiKeyUses.flush(to: harness.bus, logger: silent)
        #expect(noted.value?.map(\.id) == [grant.id])
        noted.put([])
        await harness.authentication.apiKeyUses.flush(to: harness.bus, logger: silent)
        #expect(noted.value?.isEmpty == true)
    }

    @Test func `a bad key is remembered for a while, and what cannot be one is not asked`() async throws {
        let asked = Seen<Int>()
        let grant = grant
        let harness = await harness(asked) { grant }
        for secret in ["sb_bad", "sb_bad", "nonsense", "sb_" + String(repeating: "a", count: 300), ""] {
            let answer = try await harness.send(.get, "/t/x", headers: ["X-API-Key": secret])
            #expect(answer.status == 401 && answer.text == #"{"oops":"Invalid or expired token"}"#)
        }
        #expect(asked.value == 1)
    }

    @Test func `a revoked or expired key is refused though it is remembered`() async throws {
        let asked = Seen<Int>()
        var expiring = grant
        expiring.expiresAt = Timestamp(microseconds: Timestamp.now().microseconds + 300_000)
        let answer = expiring
        let harness = await harness(asked) { answer }
        let headers = ["X-API-Key": "sb_good"]
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 200)
        harness.revocations.replace(with: [
            AccessRevoked(apiKeyID: answer.id, forgetAfter: Timestamp.now().adding(seconds: 60))
        ])
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 401)
        harness.revocations.replace(with: [])
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 200)
        try await Task.sleep(for: .milliseconds(400))
        #expect(try await harness.send(.get, "/t/x", headers: headers).status == 401)
    }

    @Test func `auth being away is 503, not 401`() async throws {
        let harness = await Harness([AuthenticationTests.route])
        let answer = try await harness.send(.get, "/t/x", headers: ["X-API-Key": "sb_good"])
        #expect(answer.status == 503 && answer.header("Retry-After") == "1")
    }

    @Test func `a key lacks the scopes that it was not given`() async throws {
        var small = grant
        small.scopes = .writeCalls
        let answer = small
        let harness = await harness(Seen<Int>()) { answer }
        #expect(try await harness.send(.get, "/t/x", headers: ["X-API-Key": "sb_good"]).status == 403)
    }
}
