import Testing

@testable import GatewayHTTP

struct TranscriptTurnsTests {
    private func turns(_ text: String) -> [TranscriptTurn] { TranscriptTurns.of(text) }

    @Test func `each line that names a speaker is a turn`() {
        #expect(
            turns("Agent: Hello\nCustomer: Hi: you\r\n\r\nDr. O'Neill (2): Yes")
                == [
                    TranscriptTurn(speaker: "Agent", text: "Hello"),
                    TranscriptTurn(speaker: "Customer", text: "Hi: you"),
                    TranscriptTurn(speaker: "Dr. O'Neill (2)", text: "Yes"),
                ])
    }

    @Test func `a line without a speaker goes on with the turn before it`() {
        #expect(
            turns("Agent: one\ntwo\n  three  \nsee https://example.com\nat 10:30")
                == [TranscriptTurn(speaker: "Agent", text: "one\ntwo\nthree\nsee https://example.com\nat 10:30")])
        #expect(turns("just words") == [TranscriptTurn(speaker: nil, text: "just words")])
        #expect(turns("Agent:\nHello") == [TranscriptTurn(speaker: "Agent", text: "Hello")])
        #expect(turns("") == [] && turns(" \n ") == [])
    }

    @Test func `a time in front of a line is counted from the begin`() {
        #expect(
            turns("[0:05] Agent: a\n[1:02:03] b\n[99:99] c\n[x] d")
                == [
                    TranscriptTurn(speaker: "Agent", text: "a", offsetSeconds: 5),
                    TranscriptTurn(speaker: nil, text: "b\n[99:99] c\n[x] d", offsetSeconds: 3723),
                ])
    }

    @Test(arguments: [
        "I have one question that is long: what now", "12: x", "a,b: c", "https://a", "10:30 is fine", ": nobody",
    ])
    func `what stands before a colon is not always a name`(line: String) {
        #expect(turns(line) == [TranscriptTurn(speaker: nil, text: line)])
    }
}
