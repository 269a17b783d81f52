import Bus
import Contracts
import GatewayHTTP

/// Which part of a list is asked for: `skip` and `limit`, or `cursor`.
struct SkipLimit {
    let skip: Int
    let limit: Int
    let cursor: PageCursor?

    init(_ query: Query, default fallback: Int, through maximum: Int) throws {
        skip = try query.integer("skip", default: 0, in: 0...1_000_000_000)
        limit = try query.clamped("limit", default: fallback, from: 1, through: maximum)
        cursor = try query.cursor()
    }

    static func query(default fallback: Int, through maximum: Int) -> [QueryParameter] {
        [
            QueryParameter("skip", .integer(from: 0), "How many to leave out; 0 when absent."),
            QueryParameter(
                "limit", .integer(from: 1, through: maximum), "How many at most; \(fallback) when absent."),
            QueryParameter("cursor", .text(), "`next_cursor` of the page before; costs the same at any depth."),
        ]
    }
}
