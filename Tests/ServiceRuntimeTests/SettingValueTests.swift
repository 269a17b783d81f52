import Testing

@testable import ServiceRuntime

struct SettingValueTests {
    @Test(arguments: [
        ("250ms", 250), ("5s", 5000), ("10m", 600_000), ("2h", 7_200_000), ("7d", 604_800_000), ("0", 0), ("3 s", 3000),
    ])
    func `a duration is a number and its unit`(text: String, milliseconds: Int) throws {
        let duration = try #require(Duration(settingText: text))
        #expect(duration == .milliseconds(milliseconds))
        #expect(Duration(settingText: duration.settingText) == duration)
    }

    @Test(arguments: ["5", "s", "-1s", "1.5s", "1w", "99999999999999999999s", "9223372036854775807d"])
    func `another text is no duration`(text: String) {
        #expect(Duration(settingText: text) == nil)
    }

    @Test(arguments: [
        ("10485760", 10_485_760), ("64KiB", 65536), ("10MiB", 10_485_760), ("10mb", 10_000_000),
        ("1 GiB", 1_073_741_824),
    ])
    func `a size is a number of bytes`(text: String, bytes: Int) throws {
        let size = try #require(ByteSize(settingText: text))
        #expect(size.bytes == bytes)
        #expect(ByteSize(settingText: size.settingText) == size)
    }

    @Test(arguments: ["", "-1", "1.5MB", "MB", "9223372036854775807GiB", "1TB"])
    func `another text is no size`(text: String) {
        #expect(ByteSize(settingText: text) == nil)
    }

    @Test(arguments: [
        (#"["http://a","http://b"]"#, ["http://a", "http://b"]), ("http://a, http://b", ["http://a", "http://b"]),
        ("[]", []), ("x", ["x"]), ("[1, true]", ["1", "true"]),
    ])
    func `a list is a JSON array or separated by commas`(text: String, elements: [String]) {
        #expect([String](settingText: text) == elements)
    }

    @Test(arguments: [#"["a""#, "a,,b", "[[1]]", #"{"a":1}, "#])
    func `a broken list is refused`(text: String) {
        #expect([String](settingText: text) == nil)
    }

    @Test func `each element of a list is checked`() {
        #expect([Int](settingText: "1,2") == [1, 2])
        #expect([Int](settingText: "1,x") == nil)
    }

    @Test(arguments: [("TRUE", true), ("yes", true), ("1", true), ("Off", false), ("False", false)])
    func `a boolean is spelt in several ways`(text: String, value: Bool) {
        #expect(Bool(settingText: text) == value)
    }

    @Test func `nonsense is no boolean, no integer and no number`() {
        #expect(Bool(settingText: "maybe") == nil)
        #expect(Int(settingText: "1e3") == nil)
        #expect(Double(settingText: "nan") == nil)
        #expect(Double(settingText: "0.5") == 0.5)
    }

    @Test func `an address hides its password`() throws {
        let url = try #require(URLText(settingText: "postgresql://u:p@ss@host:5432/db?x=y@z"))
        #expect(url.scheme == "postgresql")
        #expect("\(url)" == "postgresql://u:***@host:5432/db?x=y@z")
        #expect(url.text.contains("p@ss"))
    }

    @Test(arguments: ["ipc:///run/bus.sock", "tcp://calls:7003", "https://h"])
    func `an address has a scheme and something behind it`(text: String) throws {
        let url = try #require(URLText(settingText: text))
        #expect("\(url)" == text)
    }

    @Test(arguments: ["localhost:80", "://x", "http://", "http://a b", "1http://x", "ht tp://x", "http://a\u{0}"])
    func `another text is no address`(text: String) {
        #expect(URLText(settingText: text) == nil)
    }

    @Test func `secrets are equal when their texts are`() {
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
        #expect(Secret("a") != Secret("aa"))
    }

    @Test func `a choice is compared without regard to case`() {
        #expect(Stack(settingText: "One-Machine") == .oneMachine)
        #expect(Stack(settingText: "two-machines") == nil)
    }
}
