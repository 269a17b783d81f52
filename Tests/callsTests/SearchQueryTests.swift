import Contracts
import Foundation
import Testing

@testable import calls

struct SearchQueryTests {
    @Test(arguments: [
        ("billing", "'billing':*"), ("Billing issue", "'billing':* & 'issue':*"), ("an ox", "'an' & 'ox'"),
        ("\"billing issue\" refund", "('billing' <-> 'issue') & 'refund':*"),
        ("refund -angry", "'refund':* & !('angry':*)"),
        ("don't", "('don':* & 't')"), ("Ärger", "'ärger':*"), ("\"open quote", "('open' <-> 'quote')"),
        ("a&b|!c:*(d)'\\", "('a' & 'b' & 'c' & 'd')"),
    ])
    func `words become a query in which nothing of theirs has a meaning`(given: String, expected: String) {
        #expect(SearchQuery(given)?.text == expected)
    }

    @Test func `a phone number is also looked for in the form in which spellings are equal`() {
        #expect(SearchQuery("+1 (555) 0200")?.text.hasSuffix("| '+15550200':*") == true)
        #expect(SearchQuery("0200")?.text == "('0200':*) | '0200':*")
    }

    @Test(arguments: ["", "  ", "&|!", "\"\"", "''"])
    func `without a word there is nothing to look for`(given: String) {
        #expect(SearchQuery(given) == nil)
    }
}
