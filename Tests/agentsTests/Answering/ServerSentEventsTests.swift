import Testing

@testable import agents

@Suite struct `Server-sent events` {
    private func events(_ bytes: [UInt8], cutAt cut: Int) throws -> [String] {
        var parser = ServerSentEvents()
        return try parser.feed(bytes[..<cut]) + parser.feed(bytes[cut...]) + [parser.finish()].compactMap { $0 }
    }

    @Test func `are the same wherever the stream is cut`() throws {
        for (text, expected) in [
            ("data: one\n\ndata: two\n\n", ["one", "two"]),
            ("data: one\r\n\r\ndata: zwölf €\r\n\r\n", ["one", "zwölf €"]),
            ("data:one\r\rdata: two\r\r", ["one", "two"]),
            (": comment\ndata: a\ndata: b\nid: 7\nevent: x\n\n\n\ndata: [DONE]\n\n", ["a\nb", "[DONE]"]),
            ("\u{FEFF}data: one\n\ndata\n\ndatabase: no\n\n", ["one", ""]),
            ("data: {\"a\": \"b: c\"}\n\ndata: unfinished", ["{\"a\": \"b: c\"}", "unfinished"]),
        ] {
            let bytes = Array(text.utf8)
            for cut in 0...bytes.count { #expect(try events(bytes, cutAt: cut) == expected, "\(text) at \(cut)") }
            var parser = ServerSentEvents()
            var found: [String] = []
            for byte in bytes { found += try parser.feed([byte]) }
            #expect(found + [try parser.finish()].compactMap { $0 } == expected)
        }
    }

    @Test func `are bounded, by line and by event`() throws {
        var parser = ServerSentEvents(mostBytes: 100)
        #expect(throws: ServerSentEvents.TooLong.self) {
            try parser.feed(Array(repeating: UInt8(ascii: "x"), count: 101))
        }
        var other = ServerSentEvents(mostBytes: 100)
        #expect(throws: ServerSentEvents.TooLong.self) {
            for _ in 0..<20 { _ = try other.feed(Array("data: 0123456789\n".utf8)) }
        }
    }
}

@Suite struct `An answer that is read` {
    private func read(_ text: String, isStream: Bool = true) throws -> ChatReading {
        var reading = ChatReading(isStream: isStream)
        _ = try reading.feed(Array(text.utf8))
        _ = try reading.finish()
        return reading
    }

    @Test func `comes as a stream with its tokens at the end`() throws {
        let reading = try read(
            """
            data: {"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

            data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}

            data: {"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":"lo"}}]}

            data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}

            data: [DONE]


            """)
        #expect(reading.text == "Hello" && reading.model == "m" && !reading.isCut)
        #expect(reading.usage == ChatUsage(promptTokens: 7, completionTokens: 2, isEstimated: false))
    }

    @Test func `comes as one object`() throws {
        let reading = try read(
            #"{"model":"m","choices":[{"message":{"content":"Hello"},"finish_reason":"length"}]}"#, isStream: false)
        #expect(reading.text == "Hello" && reading.isCut && reading.usage == nil)
    }

    @Test func `is refused when it is none`() throws {
        for text in [
            "data: no json\n\n", "data: {\"a\":1}\n\n", "data: {\"choices\":\"x\"}\n\n", "data: []\n\n",
            "data: {\"error\":{\"message\":\"x\"}}\n\n", "", "data: [DONE]\n\n",
            // It ends in the middle.
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"  \"}}]}\n\ndata: [DONE]\n\n",
        ] {
            #expect(throws: ProviderFailure.self, "\(text)") { try read(text) }
        }
        for text in ["", "{}", "null", "<html>", #"{"choices":[]}"#, #"{"choices":[{"message":{"content":null}}]}"#] {
            #expect(throws: ProviderFailure.self, "\(text)") { try read(text, isStream: false) }
        }
    }

    @Test func `is cut where it is too long, and does not believe every count`() throws {
        let long = String(repeating: "a", count: 12_000)
        let event = "data: {\"choices\":[{\"delta\":{\"content\":\"\(long)\"}}]}\n\n"
        let reading = try read(
            event + event + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":1}}\n\n")
        #expect(reading.text.count == ChatReading.mostCharacters && reading.isCut && reading.usage == nil)
        var endless = ChatReading(isStream: true)
        #expect(throws: ProviderFailure.self) {
            for _ in 0..<100 { _ = try endless.feed(Array(String(repeating: ": ping\n", count: 10_000).utf8)) }
        }
    }

    @Test func `costs what its tokens cost, rounded up`() {
        let prices = ChatPrices(promptMicros: 150, completionMicros: 600)
        #expect(prices.costMicros(of: ChatUsage(promptTokens: 1000, completionTokens: 500, isEstimated: false)) == 450)
        #expect(prices.costMicros(of: ChatUsage(promptTokens: 1, completionTokens: 0, isEstimated: false)) == 1)
        #expect(
            prices.costMicros(of: ChatUsage(promptTokens: .max, completionTokens: .min, isEstimated: false))
                == 1_500_000)
        #expect(ChatUsage.estimated(prompt: [ChatMessage(.user, "12345")], completion: "1234").promptTokens == 2)
    }
}

@Suite struct `The address of a provider` {
    @Test func `is named with or without its version`() {
        for (given, base) in [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"), ("http://h/v1/", "http://h/v1"),
            ("https://api.openai.com/v1", "https://api.openai.com/v1"), ("https://h/api/", "https://h/api/v1"),
            ("https://h/v1beta/openai", "https://h/v1beta/openai"),
        ] {
            #expect(ProviderServer.base(of: given) == base)
        }
    }
}
