import Bus
import Contracts

/// Which part of a list that all surfaces have is asked for: `cursor`, or `skip` (which one surface calls `offset`), and
/// `limit`.
package struct ListBounds: Sendable {
    package let skip: Int
    package let limit: Int
    package let cursor: PageCursor?

    package init(_ query: Query, default fallback: Int, through maximum: Int) throws {
        let bounds = 0...1_000_000_000
        skip = try query.integer("skip", default: try query.integer("offset", default: 0, in: bounds), in: bounds)
        limit = try query.clamped("limit", default: fallback, from: 1, through: maximum)
        cursor = try query.cursor()
    }

    /// The part of a list that has no limit of its own.
    static func page(_ query: Query) throws -> PageRequest {
        let bounds = try ListBounds(query, default: 1000, through: 1000)
        return PageRequest(limit: bounds.limit, after: bounds.cursor)
    }

    static let pageQuery = query(default: 1000, through: 1000).filter { ["limit", "cursor"].contains($0.name) }

    package static func query(default fallback: Int, through maximum: Int) -> [QueryParameter] {
        [
            QueryParameter("skip", .integer(from: 0), "How many to leave out; 0 when absent."),
            QueryParameter("offset", .integer(from: 0), "The same as `skip`."),
            QueryParameter(
                "limit", .integer(from: 1, through: maximum), "How many at most; \(fallback) when absent."),
            QueryParameter("cursor", .text(), "`next_cursor` of the page before; costs the same at any depth."),
        ]
    }
}
