import Contracts
import Testing

@Suite struct `A phone number` {
    @Test(arguments: [
        "+1-555-0100", "+1 (555) 0100", "+1.555.0100", "  +15550100\n", "0015550100", "00 1 555 0100", "+1/555/0100",
        "+1\u{a0}555\u{2011}0100",
    ])
    func `is the same however it is written`(text: String) throws {
        #expect(try #require(PhoneNumber(text)).normalised == "+15550100")
    }

    @Test func `keeps what was given without the space around it`() throws {
        let number = try #require(PhoneNumber("  +1 (555) 0100 "))
        #expect(number.given == "+1 (555) 0100")
        #expect(number == PhoneNumber("+1-555-0100"))
    }

    @Test func `is given no country that it has not`() {
        #expect(PhoneNumber("555-0100")?.normalised == "5550100")
        #expect(PhoneNumber("(212) 555-0100")?.normalised == "2125550100")
        #expect(PhoneNumber("555-0100") != PhoneNumber("+1-555-0100"))
        #expect(PhoneNumber("112")?.normalised == "112")
    }

    @Test(arguments: [
        "", "  ", "12", "+12", "1234567890123456", "+1555CALLNOW", "1+555", "++1555", "+1 555 0100 x3", "\u{0661}23456",
        "tel:+15550100", "0012", "555;0100", "5\n550100",
    ])
    func `is refused when it is none`(text: String) {
        #expect(PhoneNumber(text) == nil)
    }
}
