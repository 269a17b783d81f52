import Contracts
import NIOCore
import ServiceRuntime

/// Reads a website: the page that was named and those of the same site that it leads to, by two links at most.
struct WebsiteReading: Sendable {
    static let mostPages = 50
    static let mostLinks = 2
    private static let mostPassages = 5000
    /// Links that are looked at; a site may have any number of them.
    private static let mostLooks = 500

    let fetcher: any PageFetching
    let extraction: any Extraction
    /// For the whole website; pages that were not fetched by then are left out.
    var patience: Duration = .seconds(180)

    /// - Parameter goOn: is told how far it is, 0–99.
    /// - Throws: `Unreadable`.
    func passages(of text: String, goOn: (Int) async throws -> Void) async throws -> [Passage] {
        let start: WebsiteAddress
        do throws(WebsiteAddress.Problem) {
            start = try WebsiteAddress(text)
        } catch {
            throw Unreadable(reason: "The address \(error.text).")
        }
        try await goOn(1)
        let rules = try await rules(of: start)
        guard rules.allow(start.target) else { throw Unreadable(reason: "The site's robots.txt forbids this page.") }
        let end = ContinuousClock.now + patience
        var queue: [(address: WebsiteAddress, links: Int)] = [(start, 0)]
        var known: Set<String> = [start.text]
        var passages: [Passage] = []
        var (place, looks) = (0, 0)
        while place < min(queue.count, Self.mostPages), passages.count < Self.mostPassages, .now < end {
            let (address, links) = queue[place]
            let page: FetchedPage?
            do {
                page = try await readable(address, of: start)
            } catch let failure as Unreadable {
                // What leads nowhere is no reason to forget the rest.
                if place == 0 { throw failure }
                page = nil
            }
            place += 1
            // Many links may lead on to one page.
            let isNew = page.map { $0.address == address || known.insert($0.address.text).inserted } ?? false
            if let page, isNew {
                passages += try await self.passages(of: page, isFirst: place == 1)
                if links < Self.mostLinks {
                    for link in try await self.links(of: page) where link.site == start.site {
                        guard looks < Self.mostLooks, queue.count < Self.mostPages else { break }
                        guard known.insert(link.text).inserted else { continue }
                        looks += 1
                        if rules.allow(link.target) { queue.append((link, links + 1)) }
                    }
                }
            }
            try await goOn(min(99, 5 + 94 * place / min(queue.count, Self.mostPages)))
            try await Failpoint.hit("agents.page-read")
        }
        return Array(passages.prefix(Self.mostPassages))
    }

    private func rules(of start: WebsiteAddress) async throws -> RobotsRules {
        do {
            let page = try await fetcher.fetch(start.at("/robots.txt"))
            if page.status == 200 { return RobotsRules(String(buffer: page.body)) }
            guard page.status >= 500 else { return .all }
            throw Unreadable(reason: "The site's robots.txt cannot be read now.")
        } catch let failure as Unfetchable {
            throw Unreadable(reason: failure.reason)
        }
    }

    private func readable(_ address: WebsiteAddress, of start: WebsiteAddress) async throws -> FetchedPage {
        do {
            let page = try await fetcher.fetch(address)
            guard page.status == 200 else { throw Unreadable(reason: "\(address.origin) answers \(page.status).") }
            guard page.address.site == start.site else {
                throw Unreadable(reason: "\(address.origin) leads to another site.")
            }
            return page
        } catch let failure as Unfetchable {
            throw Unreadable(reason: failure.reason)
        }
    }

    private func passages(of page: FetchedPage, isFirst: Bool) async throws -> [Passage] {
        let format: DocumentFormat =
            switch page.type {
            case "text/plain": .txt
            case "application/pdf": .pdf
            default: .html
            }
        do {
            let text = try await extraction.text(of: page.body, format: format)
            return PassageCutter.passages(of: text, sourceURL: page.address.text)
        } catch let failure as Unreadable {
            if isFirst { throw failure }
            return []
        }
    }

    private func links(of page: FetchedPage) async throws -> [WebsiteAddress] {
        guard page.type == "text/html" || page.type == "application/xhtml+xml" else { return [] }
        do {
            return try await extraction.links(of: page.body).compactMap(page.address.following)
        } catch is Unreadable {
            return []
        }
    }
}
