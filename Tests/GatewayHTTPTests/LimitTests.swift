import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import Testing

@Suite struct LimitTests {
    func harness(_ change: @escaping (inout RateLimits) -> Void) async -> Harness {
        var limits = RateLimits.off
        change(&limits)
        return await Harness([
            .echo(.get, "open"), .echo(.get, "x", needs: .credential), .echo(.post, "login", rate: .authentication),
            .echo(.get, "probe", rate: .unlimited), .echo(.post, "upload", needs: .credential, rate: .uploads),
        ]) {
            $0.rates = limits
            $0.proxies = TrustedProxies([NetworkAddress.Network("127.0.0.1")!])
        }
    }

    @Test func `each person and each address has its own share`() async throws {
        let harness = await harness { $0.general = 3 }
        let first = ["Authorization": "Bearer \(try await Harness.token())"]
        let second = ["Authorization": "Bearer \(try await Harness.token())"]
        for left in [2, 1, 0] {
            let answer = try await harness.send(.get, "/t/x", headers: first)
            #expect(answer.status == 200)
            #expect(answer.header("X-RateLimit-Limit") == "3")
            #expect(answer.header("X-RateLimit-Remaining") == "\(left)")
        }
        let refused = try await harness.send(.get, "/t/x", headers: first)
        #expect(refused.status == 429)
        #expect(Int(refused.header("Retry-After") ?? "").map { (1...20).contains($0) } == true)
        #expect(refused.header("X-RateLimit-Remaining") == "0")
        #expect(try await harness.send(.get, "/t/x", headers: second).status == 200)
        for _ in 0..<3 { #expect(try await harness.send(.get, "/t/open").status == 200) }
        #expect(try await harness.send(.get, "/t/open").status == 429)
        #expect(try await harness.send(.get, "/t/nothing").status == 429)
        #expect(try await harness.send(.get, "/t/open", headers: ["X-Forwarded-For": "203.0.113.1"]).status == 200)
    }

    @Test func `sign-ins are counted by address and apart from the rest`() async throws {
        let harness = await harness {
            $0.general = 100
            $0.authentication = 2
        }
        for _ in 0..<2 { #expect(try await harness.send(.post, "/t/login").status == 200) }
        #expect(try await harness.send(.post, "/t/login").status == 429)
        #expect(try await harness.send(.get, "/t/open").status == 200)
    }

    @Test func `probes are not counted`() async throws {
        let harness = await harness { $0.general = 1 }
        for _ in 0..<5 {
            let answer = try await harness.send(.get, "/t/probe")
            #expect(answer.status == 200 && answer.header("X-RateLimit-Limit") == "0")
        }
    }

    @Test func `bad credentials use up the address's share`() async throws {
        let harness = await harness { $0.general = 2 }
        let bad = ["Authorization": "Bearer a.b.c"]
        for _ in 0..<2 { #expect(try await harness.send(.get, "/t/x", headers: bad).status == 401) }
        #expect(try await harness.send(.get, "/t/x", headers: bad).status == 429)
        let good = ["Authorization": "Bearer \(try await Harness.token())"]
        #expect(try await harness.send(.get, "/t/x", headers: good).status == 200)
    }

    @Test func `uploads are counted in bytes`() async throws {
        let harness = await harness { $0.uploadBytes = 1000 }
        let headers = ["Authorization": "Bearer \(try await Harness.token())"]
        let upload = try await harness.send(
            .post, "/t/upload", headers: headers, body: String(repeating: "a", count: 5000))
        #expect(upload.status == 200 && upload.header("X-RateLimit-Limit") == "1000")
        #expect(try await harness.send(.post, "/t/upload", headers: headers, body: "a").status == 429)
    }
}
