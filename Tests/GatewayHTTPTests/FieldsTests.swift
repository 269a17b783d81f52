import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import Testing

@Suite struct FieldsTests {
    func fields(_ text: String) throws -> JSONFields { try JSONFields(ByteBuffer(string: text)) }

    func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Fault)?.message
        }
    }

    @Test(arguments: ["[]", "1", "\"a\"", "null", "true"])
    func `a body that is no object is refused`(text: String) {
        #expect(message { _ = try fields(text) } == "The body must be a JSON object")
    }

    @Test func `null is the same as absent, and unknown members are ignored`() throws {
        let fields = try fields(#"{"a":null,"b":1}"#)
        #expect(try fields.text("a", atMost: 3) == nil)
        #expect(fields.isNull("a"))
        #expect(!fields.isNull("c"))
    }

    @Test(arguments: [#"{"n":"1"}"#, #"{"n":true}"#, #"{"n":[]}"#, #"{"n":{}}"#])
    func `a number must be a number`(text: String) {
        #expect(message { _ = try fields(text).scaled("n", by: 1000, in: 0...10) } == "n must be a number")
    }

    @Test func `a number must lie in its range and is rounded`() throws {
        #expect(try fields(#"{"n":1.2345}"#).scaled("n", by: 1000, in: 0...10) == 1235)
        #expect(try fields(#"{"n":1.2344}"#).scaled("n", by: 1000, in: 0...10) == 1234)
        #expect(message { _ = try fields(#"{"n":1e300}"#).scaled("n", by: 1000, in: 0...10) } == "n must be at most 10")
        #expect(
            message { _ = try fields(#"{"n":-0.001}"#).scaled("n", by: 1000, in: 0...10) } == "n must be at least 0")
    }

    @Test func `a text has a limit in characters and no U+0000`() throws {
        #expect(try fields(#"{"t":"äöü"}"#).text("t", atMost: 3) == "äöü")
        #expect(message { _ = try fields(#"{"t":"äöüß"}"#).text("t", atMost: 3) } == "t must have at most 3 characters")
        #expect(message { _ = try fields(#"{"t":5}"#).text("t", atMost: 3) } == "t must be a text")
        #expect(
            message { _ = try fields(#"{"t":"\u0000"}"#).text("t", atMost: 3) }
                == "t must not contain the character U+0000")
    }

    @Test func `a whole number may be written with a fraction of zero`() throws {
        #expect(try fields(#"{"n":5.0}"#).integer("n", in: 1...9) == 5)
        #expect(message { _ = try fields(#"{"n":5.5}"#).integer("n", in: 1...9) } == "n must be a whole number")
        #expect(message { _ = try fields(#"{"n":1e300}"#).integer("n", in: 1...9) } == "n must be a whole number")
        #expect(message { _ = try fields(#"{"n":10}"#).integer("n", in: 1...9) } == "n must be from 1 to 9")
    }

    @Test func `what is wrong within a part is named with it`() throws {
        let fields = try JSONFields(ByteBuffer(string: #"{"voice": {"speed": "fast", "tone": {}}}"#))
        let voice = try #require(try fields.nested("voice"))
        let speed = #expect(throws: Fault.self) { try voice.scaled("speed", by: 1, in: 0...1) }
        #expect(speed?.field == "voice.speed" && speed?.message == "voice.speed must be a number")
        #expect(#expect(throws: Fault.self) { try voice.text("tone", atMost: 5) }?.field == "voice.tone")
    }

    @Test func `queries are decoded and checked`() throws {
        let query = Query("limit=9&offset=-1&big=99999999999999999999&name=a%20b+c&bad=%zz&empty=&last=1&last=2")
        #expect(try query.clamped("limit", default: 5, from: 1, through: 7) == 7)
        #expect(try query.clamped("none", default: 5, from: 1, through: 7) == 5)
        #expect(try query.clamped("big", default: 5, from: 1, through: 7) == 7)
        #expect(
            message { _ = try query.integer("offset", default: 0, in: 0...9) }
                == "offset must be a whole number from 0 to 9")
        #expect(
            message { _ = try query.integer("big", default: 0, in: 0...9) } == "big must be a whole number from 0 to 9")
        #expect(query["name"] == "a b c")
        #expect(query["bad"] == "%zz")
        #expect(query["empty"] == nil)
        #expect(query["last"] == "2")
        #expect(message { _ = try query.cursor("name") } == "name is not one that this API gave")
    }
}
