import Bus
import Contracts

/// Which calls a list or an export is about, as the query says it.
package struct CallFilter: Sendable {
    package static let query = [
        QueryParameter("client_id", .uuid, "Only calls of this client."),
        QueryParameter(
            "days", .integer(from: 1, through: 3660), "Only the last so many days with today; 30 when absent."),
    ]

    package let clientID: ClientID?
    package let from: CalendarDay

    package init(_ query: Query) throws {
        clientID = try query.id("client_id", orElse: .clientNotFound)
        let days = try query.integer("days", default: 30, in: 1...3660)
        from = Timestamp.now().day.adding(days: 1 - days)
    }
}
