import Contracts
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import agents

/// A website as the world would see it: its name has a public address, which leads to a server of the test.
struct Site {
    static let address = "93.184.216.34"

    let peer: HTTPPeer
    let names = Names()

    init(_ answer: @escaping @Sendable (_ target: String, _ host: String) -> HTTPPeer.Behaviour) throws {
        peer = try HTTPPeer { request in
            let target = request.head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            let host = request.head.firstMatch(of: /(?i)\r\nhost: ([^\r]*)/).map { String($0.1) } ?? ""
            return answer(target, host)
        }
    }

    static func page(_ body: String, type: String = "text/html", status: Int = 200) -> HTTPPeer.Behaviour {
        .raw(
            "HTTP/1.1 \(status) Said\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
                + "Connection: close\r\n\r\n\(body)")
    }

    static func redirect(_ location: String) -> HTTPPeer.Behaviour {
        .raw("HTTP/1.1 302 Found\r\nLocation: \(location)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }

    /// Connections to the public address go to the test's server; those to any other one as they are.
    static func fetcher(
        resolve: @escaping @Sendable (_ host: String) async throws -> [String] = { _ in [Site.address] }
    ) -> GuardedFetcher {
        GuardedFetcher(resolve: resolve, reach: { $0 == address ? "127.0.0.1" : $0 }, deadlineMS: 3000)
    }

    var fetcher: GuardedFetcher {
        let names = names
        return Self.fetcher { host in names.addresses(of: host) }
    }

    var origin: String { "http://example.com:\(peer.port)" }
    var targets: [String] {
        peer.received.map { $0.head.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    }

    final class Names: Sendable {
        private let answers = Mutex<[String: [[String]]]>([:])
        private let asked = Mutex<[String: Int]>([:])

        /// - Parameter answers: one after the other; the last one stays.
        func set(_ host: String, _ answers: [String]...) { self.answers.withLock { $0[host] = answers } }

        func addresses(of host: String) -> [String] {
            let count = asked.withLock { asked in
                defer { asked[host, default: 0] += 1 }
                return asked[host, default: 0]
            }
            guard let answers = answers.withLock({ $0[host] }) else { return [Site.address] }
            return answers[min(count, answers.count - 1)]
        }

        func count(_ host: String) -> Int { asked.withLock { $0[host] ?? 0 } }
    }
}

@Suite struct `A website` {
    private func refused(_ site: Site, _ text: String) async throws {
        let address = try WebsiteAddress(text)
        await #expect(throws: Unfetchable.self, "\(text)") { try await site.fetcher.fetch(address) }
    }

    @Test func `is fetched from the address that was looked at, under its name`() async throws {
        let site = try Site { _, host in Site.page("at \(host)") }
        let page = try await site.fetcher.fetch(try WebsiteAddress("\(site.origin)/x?y=z"))
        #expect(page.status == 200 && String(buffer: page.body) == "at example.com:\(site.peer.port)")
        #expect(site.targets == ["/x?y=z"] && site.names.count("example.com") == 1)
        let head = try #require(site.peer.received.first?.head.lowercased())
        #expect(!head.contains("authorization") && !head.contains("cookie"))
        site.peer.stop()
    }

    @Test func `is not asked at all when one of its addresses is not public`() async throws {
        let site = try Site { _, _ in Site.page("secret") }
        for addresses in [
            ["127.0.0.1"], [Site.address, "127.0.0.1"], ["10.0.0.1", Site.address], ["::1"], ["::ffff:127.0.0.1"],
            ["169.254.169.254"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["fd00::1"], ["0.0.0.0"], ["not an address"],
            [],
        ] {
            site.names.set("example.com", addresses)
            try await refused(site, "\(site.origin)/")
        }
        // The system's own resolver, for names that lead here.
        for name in ["localtest.invalid.example", Host.current().name ?? "x.example"] {
            guard let address = try? WebsiteAddress("http://\(name):\(site.peer.port)/") else { continue }
            await #expect(throws: Unfetchable.self) { try await GuardedFetcher().fetch(address) }
        }
        #expect(site.peer.connections == 0)
        site.peer.stop()
    }

    @Test func `that redirects is looked at anew with each hop`() async throws {
        let secret = try Site { _, _ in Site.page("secret") }
        let port = secret.peer.port
        let bad = [
            "http://127.0.0.1:\(port)/", "http://localhost:\(port)/", "http://2130706433:\(port)/", "//0x7f.1:\(port)/",
            "http://[::1]:\(port)/", "http://[::ffff:127.0.0.1]:\(port)/", "http://inner.example:\(port)/",
            "https://inner.example:\(port)/", "file:///etc/passwd", "ftp://example.com/", "http://u:p@example.com/",
            "javascript:x", "http://0:\(port)/", "http://127.1:\(port)/", "http://0177.0.0.1:\(port)/",
        ]
        let site = try Site { target, _ in
            if target == "/loop" { return Site.redirect("/loop") }
            if target == "/good" { return Site.redirect("/end") }
            if target == "/end" { return Site.page("end") }
            return Site.redirect(bad[Int(target.dropFirst()) ?? 0])
        }
        site.names.set("inner.example", ["127.0.0.1"])
        for number in bad.indices { try await refused(site, "\(site.origin)/\(number)") }
        try await refused(site, "\(site.origin)/loop")
        let page = try await site.fetcher.fetch(try WebsiteAddress("\(site.origin)/good"))
        #expect(page.address.target == "/end")
        #expect(secret.peer.connections == 0)
        secret.peer.stop()
        site.peer.stop()
    }

    @Test func `whose name changes its address is reached at the one that was looked at, or not at all`() async throws {
        let site = try Site { target, _ in target == "/" ? Site.redirect("/next") : Site.page("secret") }
        // Public when it is looked at, and ours from then on.
        site.names.set("example.com", [Site.address], ["127.0.0.1"])
        try await refused(site, "\(site.origin)/")
        #expect(site.targets == ["/"] && site.names.count("example.com") == 2)
        site.peer.stop()
    }

    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n"

    @Test func `that is slow, endless, of another type or silent is given up`() async throws {
        let endless = String(repeating: "x", count: 6 << 20)
        let site = try Site { target, _ in
            switch target {
            case "/slow": .slow(milliseconds: 8000, status: 200, body: "late")
            case "/endless": Site.page(endless)
            case "/type": Site.page("{}", type: "application/json")
            case "/none": Site.page("x", type: "")
            case "/drips":
                .script([.send(Self.head), .pause(milliseconds: 200), .send("x"), .pause(milliseconds: 60_000)])
            default: .dies
            }
        }
        let start = ContinuousClock.now
        for target in ["slow", "endless", "type", "none", "drips", "dies"] {
            try await refused(site, "\(site.origin)/\(target)")
        }
        #expect(ContinuousClock.now - start < .seconds(55))
        site.peer.stop()
    }

    @Test func `is read page by page, by two links at most, as its robots allow`() async throws {
        let site = try Site { target, _ in
            switch target {
            case "/robots.txt": Site.page("User-agent: *\nDisallow: /hidden", type: "text/plain")
            case "/":
                Site.page(
                    "<p>Start</p><a href=\"/a\">a</a><a href=\"/hidden\">h</a><a href=\"http://other.example/\">o</a>"
                        + "<a href=\"/a#b\">again</a><a href=\"http://127.0.0.1/\">in</a><a href=\"/gone\">g</a>")
            case "/a": Site.page("<p>Level one</p><a href=\"/b\">b</a><a href=\"/\">back</a>")
            case "/b": Site.page("<p>Level two</p><a href=\"/c\">c</a>")
            default: Site.page("none", status: 404)
            }
        }
        let reading = WebsiteReading(fetcher: site.fetcher, extraction: try RealExtraction.make())
        let noted = Mutex<[Int]>([])
        let passages = try await reading.passages(of: "\(site.origin)/") { percent in
            noted.withLock { $0.append(percent) }
        }
        #expect(passages.map(\.sourceURL) == ["", "a", "b"].map { "\(site.origin)/\($0)" })
        #expect(passages.map { $0.text.contains("Level") } == [false, true, true])
        #expect(site.targets.sorted() == ["/", "/a", "/b", "/gone", "/robots.txt"])
        #expect(noted.withLock { $0 }.allSatisfy { (0...99).contains($0) })
        site.peer.stop()
    }

    @Test func `has at most 50 pages, and a first one`() async throws {
        let site = try Site { target, _ in
            if target == "/robots.txt" { return Site.page("", status: 404) }
            if target == "/closed/robots.txt" || target == "/none" { return Site.page("x", status: 500) }
            let links = (0..<200).map { "<a href=\"/p\($0)\">x</a>" }.joined()
            return Site.page("<p>Page \(target)</p>\(links)")
        }
        let reading = WebsiteReading(fetcher: site.fetcher, extraction: TextExtraction())
        let passages = try await reading.passages(of: "\(site.origin)/") { _ in }
        #expect(Set(passages.compactMap(\.sourceURL)).count == 50 && site.targets.count == 51)
        await #expect(throws: Unreadable.self) { try await reading.passages(of: "\(site.origin)/none") { _ in } }
        let forbidden = try Site { _, _ in Site.page("User-agent: *\nDisallow: /", type: "text/plain") }
        let other = WebsiteReading(fetcher: forbidden.fetcher, extraction: TextExtraction())
        await #expect(throws: Unreadable.self) { try await other.passages(of: "\(forbidden.origin)/") { _ in } }
        #expect(forbidden.targets == ["/robots.txt"])
        site.peer.stop()
        forbidden.peer.stop()
    }
}
