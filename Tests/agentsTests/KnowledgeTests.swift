import Bus
import Contracts
import Foundation
import Testing

@testable import agents

@Suite struct AddressTests {
    private static let closed = [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.9",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1",
        "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::ffff:0:7f00:1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1",
        "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
        "fec0::1", "ff02::1", "4000::1",
    ]

    @Test func `no address of this machine, its networks or with a special use is public`() {
        for address in Self.closed { #expect(!PublicAddress.isPublic(address), "\(address)") }
        for address in [
            "93.184.216.34", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "198.20.0.1",
            "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888",
        ] { #expect(PublicAddress.isPublic(address), "\(address)") }
        for text in ["example.com", "", "1.1.1", "0x7f.0.0.1", "127.0.0.1.", "[::1]", "1.1.1.1 ", "١.1.1.1"] {
            #expect(!PublicAddress.isPublic(text), "\(text)")
        }
    }

    @Test func `an address that leads here is refused in every spelling`() {
        let hosts =
            Self.closed.map { $0.contains(":") ? "[\($0)]" : $0 } + [
                "2130706433", "0x7f000001", "0x7F.0x0.0x0.0x1", "0177.0.0.1", "017700000001", "127.1", "127.0.1",
                "127.0.0.1.", "0", "0x0", "10.1", "169.16689662", "0xA9FEA9FE", "2852039166", "0251.0376.0251.0376",
                "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "１２７.0.0.1", "127。0。0。1", "localhost", "LOCALHOST", "localhost.",
                "a.localhost", "printer", "printer.local", "db.internal", "router.lan", "x.home.arpa", "x.onion",
                "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "[fe80::1%25eth0]", "1.2.3.4.5", "256.1.1.1",
                "example..com", "-", "exa_mple.com", "example.com:0", "example.com:70000", "example.com:http",
            ]
        for host in hosts {
            for scheme in ["http", "https"] {
                #expect(throws: Fault.self, "\(host)") { try WebsiteAddress.checked("\(scheme)://\(host)/x") }
            }
        }
    }

    @Test func `nothing but an address of the web is taken`() {
        for text in [
            "", " ", "example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "gopher://example.com",
            "javascript:alert(1)", "data:text/html,x", "http://", "http:///x", "http://user@example.com",
            "http://user:pass@example.com", "http://example.com\\@127.0.0.1", "http://example.com\r\nHost: x",
            "http://exa mple.com", "http://example.com/\u{0}", "http://exämple.com",
            "http://example.com/" + String(repeating: "x", count: 2048), "http://127.0.0.1#@example.com",
            "http://example.com:80:80", "http://[::1", "http://]::1[",
        ] { #expect(throws: Fault.self, "\(text)") { try WebsiteAddress.checked(text) } }
    }

    @Test func `an address is kept in one spelling`() throws {
        for (given, kept) in [
            ("https://Example.COM", "https://example.com/"),
            (" http://example.com:8080/a?b=c#d ", "http://example.com:8080/a?b=c"),
            ("HTTPS://example.com./x", "https://example.com/x"), ("http://93.184.216.34/", "http://93.184.216.34/"),
            ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ] { #expect(try WebsiteAddress.checked(given) == kept) }
        let page = try WebsiteAddress("https://example.com/a/b?x=1")
        for (link, target) in [
            ("c", "https://example.com/a/c"), ("/d#e", "https://example.com/d"),
            ("?y=2", "https://example.com/a/b?y=2"),
            ("//other.com/z", "https://other.com/z"), ("http://www.example.com", "http://www.example.com/"),
        ] { #expect(page.following(link)?.text == target, "\(link)") }
        for link in ["", "#a", "mailto:a@example.com", "javascript:x()", "http://127.0.0.1/", "//localhost/", "tel:+1"]
        {
            #expect(page.following(link) == nil, "\(link)")
        }
    }

    @Test func `robots are told by the longest rule that fits`() {
        let rules = RobotsRules(
            """
            User-agent: other
            Disallow: /
            User-agent: *
            Disallow: /private
            Allow: /private/open   # but this
            Disallow: /*.pdf$
            """)
        for (target, isAllowed) in [
            ("/", true), ("/private", false), ("/private/x", false), ("/private/open/x", true), ("/a/b.pdf", false),
            ("/a/b.pdf?x", true), ("/a.pdfs", true),
        ] { #expect(rules.allow(target) == isAllowed, "\(target)") }
        let own = RobotsRules("User-agent: *\nDisallow: /\n\nUser-Agent: Switchboard\nUser-agent: x\nDisallow: /x\n")
        #expect(own.allow("/a") && !own.allow("/x1"))
        #expect(RobotsRules("").allow("/") && RobotsRules("Disallow: /").allow("/"))
        let hostile = RobotsRules("User-agent: *\nDisallow: /" + String(repeating: "*a", count: 500) + "b$")
        #expect(hostile.allow("/" + String(repeating: "a", count: 2000)))
    }
}

@Suite struct PassageTests {
    private static let sentence = "The shop is open from nine to five on every day but Sunday. "

    @Test func `a text is cut between sentences, with what stands around the cut in both`() {
        let text = String(repeating: Self.sentence, count: 100)
        let passages = PassageCutter.passages(of: text)
        let scalars = PassageCutter.tidied(text)
        #expect((5...8).contains(passages.count))
        for passage in passages {
            let count = passage.text.unicodeScalars.count
            #expect(count <= PassageCutter.longest && passage.text.hasSuffix("."))
            #expect(Array(passage.text.unicodeScalars) == Array(scalars[passage.offset..<passage.offset + count]))
        }
        for (first, second) in zip(passages, passages.dropFirst()) {
            let end = first.offset + first.text.unicodeScalars.count
            #expect((1...PassageCutter.overlap + 1).contains(end - second.offset))
        }
    }

    @Test func `any text is cut to its end, and every word is in a passage`() {
        for text in [
            String(repeating: "x", count: 5000), String(repeating: "🙂e\u{301} ", count: 2000),
            String(repeating: "Title\n\nA paragraph of some words\n", count: 300), String(repeating: "字", count: 3000),
            "short", "  a \u{0C} b\r\n\r\n\r\nc\u{1} ",
        ] {
            let scalars = PassageCutter.tidied(text)
            let passages = PassageCutter.passages(of: text)
            var reached = 0
            for passage in passages {
                #expect(!passage.text.isEmpty && passage.text.unicodeScalars.count <= PassageCutter.longest)
                #expect(passage.offset <= reached + 2)
                reached = max(reached, passage.offset + passage.text.unicodeScalars.count)
            }
            #expect(reached == scalars.count)
        }
        #expect(PassageCutter.passages(of: " \n ").isEmpty && PassageCutter.passages(of: "").isEmpty)
    }

    @Test func `questions stand with their answers`() {
        let marked = FrequentQuestions(
            "Welcome!\n\nQ: When are you open?\nA: Nine to five.\n\nQ2: Where?\nA: Here.\nQ: Why?")
        #expect(marked.count == 2 && marked.passages.count == 4)
        #expect(marked.passages[1].text == "Q: When are you open?\nA: Nine to five." && marked.passages[1].offset == 10)
        let plain = FrequentQuestions("Do you deliver?\nYes.\n\nWhat does it cost?\nTen.\nAt most.")
        #expect(plain.count == 2 && plain.passages.map(\.text)[1] == "What does it cost?\nTen.\nAt most.")
        #expect(FrequentQuestions("One fact.\n\nAnother fact.").count == 2)
        // As browsers send it.
        let sent = FrequentQuestions("Q: When?\r\nA: Now.\r\n\r\nquestion 2) Where?\r\nA: Here.")
        #expect(sent.count == 2 && sent.passages.map(\.text)[0] == "Q: When?\nA: Now.")
        #expect(FrequentQuestions("").count == 0 && FrequentQuestions("\n?\n").passages.count == 1)
    }

    @Test func `hostile questions are read in no time and in bounds`() {
        #expect(FrequentQuestions("q" + String(repeating: " ", count: 500_000) + "x\nA: y").count == 1)
        #expect(FrequentQuestions(String(repeating: "a?\n", count: 20_000)).passages.count <= 5001)
    }

    @Test func `what the scanner says is understood, and nonsense is no all-clear`() throws {
        #expect(try Clamd.result("stream: OK\0") == .clean)
        #expect(
            try Clamd.result("stream: Local.Eicar.Test.File.UNOFFICIAL FOUND\0")
                == .infected(name: "Local.Eicar.Test.File.UNOFFICIAL"))
        for text in ["", "\0", "stream: size limit exceeded. ERROR\0", "INSTREAM size limit exceeded. ERROR", "OK"] {
            #expect(throws: ScannerAway.self) { try Clamd.result(text) }
        }
        #expect(ScannerAddress("/run/clamd.ctl") == .socket(path: "/run/clamd.ctl"))
        #expect(ScannerAddress("clamav:3310") == .host("clamav", port: 3310))
        #expect(ScannerAddress("[::1]:3310") == .host("::1", port: 3310))
        for text in ["", "clamav", "clamav:", "clamav:x", ":3310", "clamav:99999"] {
            #expect(ScannerAddress(text) == nil)
        }
    }
}
