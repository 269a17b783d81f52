import Bus
import Contracts
import Testing

@testable import auth

struct EmailAddressTests {
    @Test(
        arguments: [
            ("User@Example.COM", "user@example.com"), ("  a@b.co \n", "a@b.co"),
            ("first.last+tag@sub.example.org", nil),
            ("JOSE\u{301}@example.com", "jos\u{e9}@example.com"), ("m\u{fc}ller@b\u{fc}cher.example", nil),
            ("o'hara@example.ie", nil),
        ] as [(String, String?)])
    func `an address is kept trimmed, composed and in lower case`(_ input: String, _ kept: String?) throws {
        #expect(try Array(EmailAddress(input).text.unicodeScalars) == Array((kept ?? input).unicodeScalars))
    }

    @Test(arguments: [
        "plain", "@example.com", "a@", "a@b", "a@@b.co", "a@b@c.co", "a b@c.co", "a@b..co", "a@.b.co", "a@b.co.",
        "a@b .co", "a\u{0}@b.co", "a\u{200b}@b.co", "<a@b.co>", "a,b@c.co", "a@-b.co", "a@b-.co", "a\n@b.co",
        "\u{202e}a@b.co",
    ])
    func `what no mail could be sent to is refused`(_ input: String) {
        #expect(throws: Fault(.emailInvalid, field: "email")) { try EmailAddress(input) }
    }

    @Test func `the lengths of the standard are kept`() throws {
        let local = String(repeating: "l", count: 64)
        let label = String(repeating: "d", count: 61)
        let longest = "\(local)@\(label).\(label).\(label).aa"
        #expect(longest.utf8.count == 253)
        #expect(try EmailAddress(longest).localPart == local)
        #expect(throws: Fault.self) { try EmailAddress("l" + longest) }
        #expect(throws: Fault.self) { try EmailAddress("\(local)@\(label).\(label).\(label).aaaa") }
        #expect(throws: Fault.self) { try EmailAddress("a@\(String(repeating: "d", count: 64)).co") }
    }
}
