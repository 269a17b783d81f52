import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import Testing

@Suite struct JSONTests {
    func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(ByteBuffer(string: text)) }

    @Test(arguments: [
        ("45.5", JSONValue.number(45.5)), ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)),
        ("1e2", .number(100)),
        ("1E+2", .number(100)), ("0.1", .number(0.1)), ("123456789.123456", .number(123_456_789.123456)),
        ("0.30000000000000004", .number(0.30000000000000004)), ("1e300", .number(1e300)),
        ("5e-324", .number(.leastNonzeroMagnitude)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9223372036854775808)),
        ("999999999999999999", .integer(999_999_999_999_999_999)),
        ("123456789012345678901234567890", .number(1.2345678901234568e29)),
    ])
    func `numbers are read as they are written`(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[1,]", "01", "+1", ".5", "1.",
        "1e",
        "NaN", "Infinity", "-", "nul", "truex", "{} {}", "\"a", "\"\\x\"", "\"\\u12\"", "\"\u{1}\"", "1e999", "'a'",
        "//",
        "{\"a\":1}garbage", "\u{FEFF}{}",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSONProblem.self) { try parse(text) }
    }

    @Test func `texts keep every character`() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀""#) == "\"\\/\u{8}\u{c}\n\r\té😀é😀")
        #expect(try parse(#""\u0000""#) == "\0")
    }

    @Test(arguments: [
        #"{"name":"\ud800"}"#, #"{"name":"\ud800x"}"#, #"{"name":"\udc00"}"#, #"{"name":"\ud800\u0041"}"#,
    ])
    func `half a surrogate pair is refused with the field's name`(text: String) {
        #expect(throws: JSONProblem(message: "The body is not valid JSON: name contains half a surrogate pair")) {
            try parse(text)
        }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        let bytes = ByteBuffer(bytes: Array("{\"a\":\"".utf8) + [0xFF, 0xFE] + Array("\"}".utf8))
        #expect(throws: JSONProblem.self) { try JSONParser.parse(bytes) }
    }

    @Test func `64 levels are read and 65 are not`() throws {
        _ = try parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
        #expect(throws: JSONProblem(message: "The body is nested deeper than 64 levels")) {
            try parse(String(repeating: "[", count: 65) + String(repeating: "]", count: 65))
        }
        #expect(throws: JSONProblem.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONProblem.self) { try parse(String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test func `an array is read item by item`() throws {
        var items: [JSONValue] = []
        try JSONParser.parseItems(ByteBuffer(string: " [1, {\"a\":2} ,[] ] ")) { items.append($0) }
        #expect(items == [1, ["a": 2], []])
        for text in ["{}", "[1", "[1,]", "[1] 2", ""] {
            #expect(throws: JSONProblem.self) { try JSONParser.parseItems(ByteBuffer(string: text)) { _ in } }
        }
    }

    @Test func `what is written can be read`() throws {
        let value: JSONValue = [
            "text": "\"quotes\" \\ \n\r\t \u{1} é 😀", "numbers": [1, -2, 45.5, 1e-9], "none": nil,
            "flags": [true, false],
            "empty": [:], "list": [],
        ]
        #expect(try JSONParser.parse(value.encoded) == value)
    }

    @Test(arguments: [
        (45_500, 3, 0, "45.5"), (45_000, 3, 0, "45"), (5, 3, 0, "0.005"), (-1500, 3, 0, "-1.5"), (0, 3, 0, "0"),
        (953, 1, 1, "95.3"), (1000, 1, 1, "100.0"), (0, 1, 1, "0.0"), (.max, 3, 0, "9223372036854775.807"),
    ])
    func `decimals are exact`(units: Int, places: Int, keeping: Int, text: String) {
        #expect(decimalText(units, places: places, keeping: keeping) == text)
    }

    @Test func `the last of two equal members counts`() throws {
        #expect(try parse(#"{"a":1,"a":2}"#)["a"] == 2)
    }
}
