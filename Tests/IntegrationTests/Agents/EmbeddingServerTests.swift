import AsyncHTTPClient
import Bus
import Foundation
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

@testable import agents

/// The client of an embedding model over a real connection to a peer that behaves as it likes.
@Suite struct `An embedding model's server` {
    private static let good = #"{"data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[3,4]}]}"#
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"

    private struct Asked {
        let result: Result<[TextVector], ProviderFailure>
        let milliseconds: Int

        var numbers: [[Float]]? { try? result.get().map(\.numbers) }
        var failure: ProviderFailure? {
            guard case .failure(let failure) = result else { return nil }
            return failure
        }
    }

    /// Runs a test against a peer that answers the n-th request, from 0, as it is told.
    private func with(
        attempts: Int = 3, peer behaviour: @escaping @Sendable (Int, HTTPPeer.Received) -> HTTPPeer.Behaviour,
        _ body: (EmbeddingServer, HTTPPeer) async throws -> Void
    ) async throws {
        let count = Count()
        let peer = try HTTPPeer { behaviour(count.next(), $0) }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: ProviderServer.connections)
        let server = EmbeddingServer(
            server: ProviderServer(url: "http://127.0.0.1:\(peer.port)", key: Secret("sk-secret"), http: http),
            terms: EmbeddingServer.Terms(
                model: "small", persistence: Persistence(attempts: attempts, backoffMS: 20)))
        do {
            try await body(server, peer)
        } catch {
            try await http.shutdown()
            peer.stop()
            throw error
        }
        try await http.shutdown()
        peer.stop()
    }

    private final class Count: Sendable {
        private let count = Atomic<Int>(0)
        func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
    }

    private func ask(
        _ server: EmbeddingServer, _ texts: [String] = ["one", "two"], within milliseconds: Int = 15_000
    ) async -> Asked {
        let began = monotonicNanoseconds()
        let result: Result<[TextVector], ProviderFailure>
        do {
            result = .success(try await server.vectors(of: texts, by: .after(milliseconds: milliseconds)))
        } catch {
            result = .failure(error)
        }
        return Asked(result: result, milliseconds: Int((monotonicNanoseconds() - began) / 1_000_000))
    }

    @Test func `gives vectors of length 1 in the order of the texts`() async throws {
        try await with(peer: { _, _ in .answer(status: 200, body: Self.good) }) { server, peer in
            #expect(await ask(server).numbers == [[0.6, 0.8], [0, 1]])
            let received = try #require(peer.received.first)
            #expect(received.head.hasPrefix("POST /v1/embeddings HTTP/1.1"))
            #expect(received.head.contains("Authorization: Bearer sk-secret"))
            let body = try #require(
                try JSONSerialization.jsonObject(with: Data(received.body.utf8)) as? [String: Any])
            #expect(body["model"] as? String == "small" && body["input"] as? [String] == ["one", "two"])
            #expect(body["encoding_format"] as? String == "float")
            #expect(server.counts.values == ["answered": 1])
            #expect(await ask(server, []).numbers == [] && peer.received.count == 1)
        }
    }

    @Test func `that sends anything but one good vector for each text gives none`() async throws {
        let long = Array(repeating: "0.5", count: 4097).joined(separator: ",")
        let bodies = [
            "", "<html>", "{}", "[]", "null", #"{"data":[]}"#, #"{"data":{}}"#, #"{"error":{"message":"x"}}"#,
            #"{"data":[{"embedding":[1,0]}]}"#,
            #"{"data":[{"embedding":[1]},{"embedding":[1]},{"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1]},{"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1]},{"index":-1,"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1]},{"index":9223372036854775807,"embedding":[1]}]}"#,
            #"{"data":[{"index":0,"embedding":[1]},{"index":1e300,"embedding":[1]}]}"#,
            #"{"data":[{"embedding":[NaN]},{"embedding":[1]}]}"#,
            #"{"data":[{"embedding":[Infinity]},{"embedding":[1]}]}"#,
            #"{"data":[{"embedding":[1e999]},{"embedding":[1]}]}"#,
            #"{"data":[{"embedding":["1"]},{"embedding":[1]}]}"#,
            #"{"data":[{"embedding":[null]},{"embedding":[1]}]}"#,
            #"{"data":[{"embedding":[[1]]},{"embedding":[1]}]}"#,
            #"{"data":[{"embedding":"AACAPw=="},{"embedding":"AACAPw=="}]}"#,
            #"{"data":[{"embedding":[]},{"embedding":[]}]}"#, #"{"data":[{"embedding":[0,0]},{"embedding":[1,0]}]}"#,
            #"{"data":[{"embedding":[\#(long)]},{"embedding":[\#(long)]}]}"#,
            String(repeating: "[", count: 60_000), #"{"data":"# + String(repeating: #"[{"embedding":"#, count: 20_000),
        ]
        for body in bodies {
            try await with(peer: { _, _ in .answer(status: 200, body: body) }) { server, peer in
                guard case .malformed? = await ask(server).failure else {
                    return #expect(Bool(false), "\(body.prefix(100))")
                }
                #expect(peer.received.count == 1)
            }
        }
        // Large and small numbers have a direction too.
        let odd = #"{"data":[{"embedding":[1e308,1e308]},{"embedding":[0,-4e-324]}]}"#
        try await with(peer: { _, _ in .answer(status: 200, body: odd) }) { server, _ in
            let numbers = try #require(await ask(server).numbers)
            #expect(abs(numbers[0][0] - 0.70710677) < 1e-6 && numbers[1] == [0, -1])
        }
    }

    @Test func `that is slow, dribbles or never ends is given up in time`() async throws {
        let dribble = Array(Self.good).flatMap { [HTTPPeer.Step.send(String($0)), .pause(milliseconds: 300)] }
        for steps in [
            [HTTPPeer.Step.pause(milliseconds: 30_000)], [.send(Self.head), .pause(milliseconds: 30_000)],
            [.send(Self.head)] + dribble,
        ] {
            try await with(peer: { _, _ in .script(steps) }) { server, _ in
                let asked = await ask(server, within: 700)
                #expect(asked.failure == .tooSlow && asked.milliseconds < 10_000, "\(asked)")
            }
        }
        let spaces = String(repeating: " ", count: 100_000)
        for text in [spaces, "[1,2,3,4,5,6,7,8,9,0],"] {
            let endless = HTTPPeer.Behaviour.script([.send(Self.head + #"{"data":["#), .sendForEver(text)])
            try await with(peer: { _, _ in endless }) { server, _ in
                guard case .malformed? = await ask(server).failure else { return #expect(Bool(false)) }
            }
        }
    }

    @Test func `is asked again after a failure that passes, when it likes`() async throws {
        for behaviour in [
            HTTPPeer.Behaviour.answer(status: 429, body: ""), .answer(status: 500, body: "x"),
            .answer(status: 503, body: ""), .dies,
            .script([.send("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"), .reset]),
        ] {
            try await with(peer: { number, _ in
                number < 2 ? behaviour : .answer(status: 200, body: Self.good)
            }) { server, peer in
                #expect(await ask(server).numbers?.count == 2)
                #expect(peer.received.count == 3 && server.counts.values["retried"] == 2)
            }
        }
        let later = "HTTP/1.1 429 Later\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        try await with(peer: { number, _ in
            number == 0 ? .script([.send(later)]) : .answer(status: 200, body: Self.good)
        }) { server, _ in
            let asked = await ask(server)
            #expect(asked.numbers != nil && asked.milliseconds >= 1000)
        }
        for status in [301, 400, 401, 404, 413] {
            try await with(peer: { _, _ in .answer(status: status, body: "no") }) { server, peer in
                #expect(await ask(server).failure == .refused(status: status, detail: "no"))
                #expect(peer.received.count == 1)
            }
        }
    }

    @Test func `that sends elsewhere is not followed with the key`() async throws {
        let other = try HTTPPeer { _ in .answer(status: 200, body: Self.good) }
        let away =
            "HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:\(other.port)/v1/embeddings\r\n"
            + "Content-Length: 0\r\nConnection: close\r\n\r\n"
        try await with(peer: { _, _ in .script([.send(away)]) }) { server, _ in
            let failure = await ask(server).failure
            #expect(failure == .refused(status: 307, detail: ""))
            #expect(!"\(String(describing: failure))".contains("sk-secret"))
        }
        #expect(other.received.isEmpty)
        other.stop()
    }

    @Test func `rests when it keeps failing, and is asked again when it is back`() async throws {
        let isBack = Atomic<Bool>(false)
        try await with(
            attempts: 1,
            peer: { _, _ in
                isBack.load(ordering: .relaxed)
                    ? .answer(status: 200, body: Self.good) : .answer(status: 200, body: "nonsense")
            }
        ) { server, peer in
            for _ in 0..<CircuitBreaker.mostFailures { #expect(await ask(server).failure != nil) }
            #expect(server.isBreakerOpen)
            isBack.store(true, ordering: .relaxed)
            var numbers: [[Float]]?
            for _ in 0..<100 where numbers == nil {
                try await Task.sleep(for: .milliseconds(100))
                numbers = await ask(server).numbers
            }
            #expect(numbers?.count == 2 && !server.isBreakerOpen)
        }
    }
}
