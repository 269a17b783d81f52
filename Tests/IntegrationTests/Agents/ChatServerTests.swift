import AsyncHTTPClient
import Bus
import Foundation
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

@testable import agents

/// The client of a language model over a real connection to a peer that behaves as it likes.
@Suite struct `A language model's server` {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    private static func event(_ text: String) -> String {
        #"data: {"model":"m","choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"# + "\n\n"
    }
    private static let end =
        #"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"# + "\n\n"
        + #"data: {"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100}}"# + "\n\ndata: [DONE]\n\n"
    private static let good = HTTPPeer.Behaviour.script([.send(head + event("Hel") + event("lo") + end)])

    private struct Asked {
        let result: Result<ChatReply, ProviderFailure>
        let pieces: [String]
        let milliseconds: Int

        var text: String? { try? result.get().text }
        var failure: ProviderFailure? {
            guard case .failure(let failure) = result else { return nil }
            return failure
        }
    }

    private func terms(_ change: (inout OpenAICompatibleChat.Terms) -> Void = { _ in }) -> OpenAICompatibleChat.Terms {
        var terms = OpenAICompatibleChat.Terms(
            model: "small", prices: ChatPrices(promptMicros: 150, completionMicros: 600))
        terms.backoffMS = 20
        change(&terms)
        return terms
    }

    /// Runs a test against a peer that answers the n-th request, from 0, as it is told.
    private func with(
        _ terms: OpenAICompatibleChat.Terms? = nil, key: String? = "sk-secret",
        peer behaviour: @escaping @Sendable (Int, HTTPPeer.Received) -> HTTPPeer.Behaviour,
        _ body: (OpenAICompatibleChat, HTTPPeer) async throws -> Void
    ) async throws {
        let number = Counter()
        let peer = try HTTPPeer { behaviour(number.next(), $0) }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: ProviderServer.connections)
        let chat = OpenAICompatibleChat(
            server: ProviderServer(url: "http://127.0.0.1:\(peer.port)", key: key.map { Secret($0) }, http: http),
            terms: terms ?? self.terms())
        do {
            try await body(chat, peer)
        } catch {
            try await http.shutdown()
            peer.stop()
            throw error
        }
        try await http.shutdown()
        peer.stop()
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
    }

    private func ask(
        _ chat: OpenAICompatibleChat, within milliseconds: Int = 15_000, form: ChatRequest.Form = .text
    ) async -> Asked {
        let pieces = Mutex<[String]>([])
        let began = monotonicNanoseconds()
        let result: Result<ChatReply, ProviderFailure>
        do {
            let request = ChatRequest(messages: [ChatMessage(.user, "Hi?")], form: form)
            result = .success(
                try await chat.reply(to: request, by: .after(milliseconds: milliseconds)) { piece in
                    pieces.withLock { $0.append(piece) }
                })
        } catch {
            result = .failure(error)
        }
        return Asked(
            result: result, pieces: pieces.withLock { $0 },
            milliseconds: Int((monotonicNanoseconds() - began) / 1_000_000))
    }

    @Test func `streams an answer with its tokens and its cost`() async throws {
        try await with(peer: { _, _ in Self.good }) { chat, peer in
            let asked = await ask(chat)
            let reply = try asked.result.get()
            #expect(
                reply.text == "Hello" && asked.pieces == ["Hel", "lo"] && reply.model == "m" && reply.costMicros == 210)
            let received = try #require(peer.received.first)
            #expect(received.head.hasPrefix("POST /v1/chat/completions HTTP/1.1"))
            #expect(received.head.contains("Authorization: Bearer sk-secret"))
            let body = try #require(
                try JSONSerialization.jsonObject(with: Data(received.body.utf8)) as? [String: Any])
            #expect(body["model"] as? String == "small" && body["stream"] as? Bool == true)
            #expect(body["temperature"] == nil && body["response_format"] == nil)
            #expect(chat.counts.values.costMicros == 210)
        }
    }

    @Test func `may answer in one object, and without saying what it took`() async throws {
        let whole = #"{"model":"m","choices":[{"message":{"role":"assistant","content":"Hello"}}]}"#
        try await with(peer: { _, _ in .answer(status: 200, body: whole) }) { chat, _ in
            let reply = try await ask(chat).result.get()
            #expect(reply.text == "Hello" && reply.usage.isEstimated && reply.usage.completionTokens == 2)
        }
    }

    @Test func `is asked again after a failure that passes`() async throws {
        for status in [429, 500, 502, 503] {
            try await with(peer: { number, _ in number < 2 ? .answer(status: status, body: "busy") : Self.good }) {
                chat, peer in
                #expect(await ask(chat).text == "Hello")
                #expect(peer.received.count == 3 && chat.counts.values.retries == 2)
            }
        }
        try await with(peer: { number, _ in number == 0 ? .dies : Self.good }) { chat, _ in
            #expect(await ask(chat).text == "Hello")
        }
    }

    @Test func `is not asked again after any other`() async throws {
        for status in [400, 401, 403, 404, 413] {
            try await with(peer: { _, _ in .answer(status: status, body: "no") }) { chat, peer in
                #expect(await ask(chat).failure == .refused(status: status, detail: "no"))
                #expect(peer.received.count == 1)
            }
        }
    }

    @Test func `says when it wants to be asked again`() async throws {
        @Sendable func later(_ seconds: Int) -> HTTPPeer.Behaviour {
            let head = "HTTP/1.1 429 Later\r\nRetry-After: \(seconds)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            return .script([.send(head)])
        }
        try await with(peer: { number, _ in number == 0 ? later(1) : Self.good }) { chat, _ in
            let asked = await ask(chat)
            #expect(asked.text == "Hello" && asked.milliseconds >= 1000)
        }
        // Nobody can wait that long.
        try await with(peer: { number, _ in number == 0 ? later(30) : Self.good }) { chat, peer in
            let asked = await ask(chat)
            #expect(asked.failure == .refused(status: 429, detail: "") && asked.milliseconds < 15_000)
            #expect(peer.received.count == 1)
        }
    }

    @Test func `is not asked again once it has begun to answer`() async throws {
        let cut = HTTPPeer.Behaviour.script([.send(Self.head + Self.event("Hel")), .pause(milliseconds: 200), .reset])
        try await with(peer: { _, _ in cut }) { chat, peer in
            let asked = await ask(chat)
            guard case .broken? = asked.failure else { return #expect(Bool(false), "\(asked)") }
            #expect(asked.pieces == ["Hel"] && peer.received.count == 1)
        }
        let ended = HTTPPeer.Behaviour.script([.send(Self.head + Self.event("Hel"))])
        try await with(peer: { _, _ in ended }) { chat, _ in
            #expect(await ask(chat).failure == .broken("the stream ended in the middle"))
        }
    }

    @Test func `that is silent is given up in time`() async throws {
        let silent = HTTPPeer.Behaviour.script([.pause(milliseconds: 30_000), .send(Self.head)])
        let stuck = HTTPPeer.Behaviour.script([.send(Self.head + Self.event("Hel")), .pause(milliseconds: 30_000)])
        let quick = terms { $0.silenceMS = 700 }
        for behaviour in [silent, stuck] {
            try await with(quick, peer: { _, _ in behaviour }) { chat, _ in
                let asked = await ask(chat)
                #expect(asked.failure == .tooSlow && asked.milliseconds < 20_000, "\(asked)")
            }
            try await with(peer: { _, _ in behaviour }) { chat, _ in
                let asked = await ask(chat, within: 700)
                #expect(asked.failure == .tooSlow && asked.milliseconds < 20_000, "\(asked)")
            }
        }
    }

    @Test func `that dribbles is given up at the deadline`() async throws {
        let bytes = Array(Self.event("Hello")).flatMap { [HTTPPeer.Step.send(String($0)), .pause(milliseconds: 1000)] }
        try await with(peer: { _, _ in .script([.send(Self.head)] + bytes.prefix(60)) }) { chat, _ in
            let asked = await ask(chat, within: 1500)
            #expect(asked.failure == .tooSlow && asked.milliseconds < 20_000)
        }
        // Comments are no sign of life of an answer.
        let pings = (0..<300).flatMap { _ in [HTTPPeer.Step.send(": ping\n\n"), .pause(milliseconds: 100)] }
        try await with(terms { $0.silenceMS = 800 }, peer: { _, _ in .script([.send(Self.head)] + pings) }) { chat, _ in
            let asked = await ask(chat)
            #expect(asked.failure == .tooSlow && asked.milliseconds < 20_000)
        }
    }

    @Test func `that sends too much is cut off`() async throws {
        let endless = HTTPPeer.Behaviour.script([.send(Self.head), .sendForEver(Self.event("and so on "))])
        try await with(peer: { _, _ in endless }) { chat, _ in
            let reply = try await ask(chat).result.get()
            #expect(reply.text.count == ChatReading.mostCharacters && reply.isCut)
        }
        let line = String(repeating: "x", count: 10_000_000)
        for steps in [
            [HTTPPeer.Step.send(Self.head + "data: "), .send(line)], [.send(Self.head), .sendForEver(": ping\n\n")],
            [.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"), .sendForEver(line)],
        ] {
            try await with(peer: { _, _ in .script(steps) }) { chat, _ in
                guard case .malformed? = await ask(chat).failure else { return #expect(Bool(false)) }
            }
        }
    }

    @Test func `that talks nonsense gives no answer`() async throws {
        for body in ["", "<html>", "{}", #"{"choices":[]}"#, "[1,2]", #"{"error":{"message":"x"}}"#] {
            try await with(peer: { _, _ in .answer(status: 200, body: body) }) { chat, _ in
                #expect(await ask(chat).failure != nil, "\(body)")
            }
        }
        try await with(peer: { _, _ in .script([.send("What do you want?\r\n\r\n")]) }) { chat, _ in
            #expect(await ask(chat).failure != nil)
        }
    }

    @Test func `that sends elsewhere is not followed with the key`() async throws {
        let other = try HTTPPeer { _ in Self.good }
        let away = HTTPPeer.Behaviour.script([
            .send(
                "HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:\(other.port)/v1/chat/completions\r\n"
                    + "Content-Length: 0\r\nConnection: close\r\n\r\n")
        ])
        try await with(peer: { _, _ in away }) { chat, _ in
            let failure = await ask(chat).failure
            #expect(failure == .refused(status: 307, detail: ""))
            #expect(!"\(String(describing: failure))".contains("sk-secret"))
        }
        #expect(other.received.isEmpty)
        other.stop()
    }

    @Test func `rests when it keeps failing, and is asked again when it is back`() async throws {
        let isBack = Atomic<Bool>(false)
        try await with(
            terms { $0.attempts = 1 },
            peer: { _, _ in isBack.load(ordering: .relaxed) ? Self.good : .answer(status: 500, body: "") }
        ) { chat, peer in
            for _ in 0..<CircuitBreaker.mostFailures { #expect(await ask(chat).failure != nil) }
            #expect(chat.isBreakerOpen)
            // On a busy machine the first pause may be over before it is asked; each further failure doubles it.
            var count = peer.received.count
            var failure = await ask(chat).failure
            for _ in 0..<5 where failure != .resting {
                count = peer.received.count
                failure = await ask(chat).failure
            }
            #expect(failure == .resting && peer.received.count == count)
            isBack.store(true, ordering: .relaxed)
            var text: String?
            for _ in 0..<100 where text == nil {
                try await Task.sleep(for: .milliseconds(200))
                text = await ask(chat).text
            }
            #expect(text == "Hello" && !chat.isBreakerOpen)
        }
    }

    @Test func `is not asked more at a time than it may be`() async throws {
        let open = Counter2()
        let narrow = terms { $0.inFlight = 2 }
        try await with(
            narrow,
            peer: { _, _ in
                open.enter()
                usleep(150_000)
                open.leave()
                return Self.good
            }
        ) { chat, _ in
            let results = await withTaskGroup(of: ProviderFailure?.self) { group in
                for _ in 0..<20 { group.addTask { await ask(chat).failure } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // Two are asked and eight wait.
            #expect(open.most <= 2)
            #expect(results.filter { $0 == nil }.count >= 10)
            #expect(results.allSatisfy { $0 == nil || $0 == .busy })
        }
    }

    private final class Counter2: Sendable {
        private let state = Mutex((now: 0, most: 0))
        func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { state.withLock { $0.now -= 1 } }
        var most: Int { state.withLock { $0.most } }
    }

    @Test func `without schemas is asked in an easier way, and remembered so`() async throws {
        try await with(peer: { _, request in
            request.body.contains("response_format") ? .answer(status: 400, body: "no such field") : Self.good
        }) { chat, peer in
            let form = ChatRequest.Form.schema(name: "x", json: #"{"type":"object","maxItems":5}"#)
            #expect(await ask(chat, form: form).text == "Hello")
            #expect(peer.received.count == 3)
            #expect(peer.received[0].body.contains("json_schema") && peer.received[1].body.contains("json_object"))
            #expect(peer.received[0].body.contains(#""maxItems":5"#))
            #expect(await ask(chat, form: form).text == "Hello")
            #expect(peer.received.count == 4 && !chat.isBreakerOpen)
        }
    }

    @Test func `that nobody reaches is no answer`() async throws {
        let port = try TestPorts.free()
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: ProviderServer.connections)
        let chat = OpenAICompatibleChat(
            server: ProviderServer(url: "http://127.0.0.1:\(port)/v1", key: nil, http: http), terms: terms())
        guard case .broken? = await ask(chat).failure else { return #expect(Bool(false)) }
        #expect(await ask(chat, within: 100).failure == .tooSlow)
        try await http.shutdown()
    }
}
