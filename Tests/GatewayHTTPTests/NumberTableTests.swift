import Contracts
import GatewayHTTP
import Hummingbird
import Testing

@Suite struct `Numbers out of CSV` {
    private func read(_ text: String) -> [GivenNumber] {
        NumberTable(csv: ByteBuffer(string: text)).numbers
    }

    private func texts(_ text: String) -> [String] { read(text).map(\.text) }

    @Test func `stand in the first column where no header says otherwise`() {
        #expect(texts("+15550100,Ann\n+15550101,Bob\n") == ["+15550100", "+15550101"])
        #expect(texts("+15550100") == ["+15550100"])
        #expect(texts("") == [] && texts("\n\r\n , \n") == [])
    }

    @Test(arguments: ["phone_number", "Phone", "NUMBER", " phone number "])
    func `stand in the column that the header names`(heading: String) {
        #expect(texts("name,\(heading),city\nAnn,+15550100,Rome\nBob,+15550101,\n") == ["+15550100", "+15550101"])
    }

    @Test func `are told by their lines, whatever ends them`() {
        #expect(read("phone\r\n+15550100\r\n\r\nabc\r\n").map(\.line) == [2, 4])
        #expect(read("phone\n+15550100\n\nabc").map(\.line) == [2, 4])
        #expect(read("phone\r+15550100\r\rabc").map(\.line) == [2, 4])
        #expect(read("name,phone\n\"two\nlines\",+15550100\nx,+15550101").map(\.line) == [2, 4])
    }

    @Test func `may be quoted, and follow a mark of their encoding`() {
        #expect(texts("\u{feff}phone\n\"+1 555 0100\"\n") == ["+1 555 0100"])
        #expect(texts("name;phone\n\"a;b \"\"c\"\"\";\"+15550100\"\n") == ["+15550100"])
        #expect(texts("\"say \"\"hi\"\"\",1\n") == ["say \"hi\""])
    }

    @Test func `are missing where a row is too short, and cut where they are too long`() {
        #expect(texts("name,phone\nAnn\n") == [""])
        #expect(texts(String(repeating: "1", count: 5000))[0].count == 200)
    }
}
