import Bus
import Contracts

extension RouteInput {
    /// The `Link` header of a bare array that goes on: the same request from there.
    func nextLink(_ next: PageCursor) -> String {
        let template = routeName.drop { $0 != "/" }.split(separator: "/", omittingEmptySubsequences: false)
        var values = segments.makeIterator()
        let path = template.map { $0.hasPrefix("{") ? Query.encoded(values.next() ?? "") : String($0) }
        return "<\(site)\(path.joined(separator: "/"))?\(query.with("cursor", next.text))>; rel=\"next\""
    }

    /// At most 1000 agents, newest first.
    package func allAgents(from start: PageCursor?) async throws -> (agents: [AgentRecord], next: PageCursor?) {
        let (pages, next) = try await walk(limit: 1000, step: 100, from: start) { limit, cursor in
            let page = try await ask(ListAgents(limit: limit, after: cursor))
            return (page.agents, page.agents.count, page.next)
        }
        return (pages.flatMap(\.self), next)
    }

    /// Several pages as one, since a message on the bus holds only so much.
    /// - Parameters:
    ///   - limit: entries of the whole.
    ///   - step: entries of one question, so few that they fit whatever is in them.
    ///   - page: asks for at most so many entries after the cursor; nil is the start.
    /// - Returns: the pages in their order, and where the last one ended.
    package func walk<Page: Sendable>(
        limit: Int, step: Int, from start: PageCursor?,
        _ page: (Int, PageCursor?) async throws -> (page: Page, count: Int, next: PageCursor?)
    ) async throws -> (pages: [Page], next: PageCursor?) {
        var pages: [Page] = []
        var cursor = start
        var left = limit
        repeat {
            let (part, count, next) = try await page(min(left, step), cursor)
            pages.append(part)
            cursor = next
            left -= count
            if count == 0 { break }
        } while left > 0 && cursor != nil
        return (pages, cursor)
    }
}
