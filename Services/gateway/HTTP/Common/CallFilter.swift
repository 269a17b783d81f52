import Bus
import Contracts

/// Which calls a list is about, as the query of the receptionist's says it.
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
        from = DayRange.last(try query.integer("days", default: 30, in: 1...3660)).from
    }
}

/// Which calls an export is about: what any list can be narrowed by.
package enum ExportFilter {
    package static let query = [
        QueryParameter("client_id", .uuid, "Only calls of this client."),
        QueryParameter("agent_id", .uuid, "Only calls of this agent."),
        QueryParameter("campaign_id", .uuid, "Only calls of this campaign."),
        QueryParameter("status", .text(among: CallStatus.allCases.map(\.rawValue)), "Only calls in this state."),
        QueryParameter("phone_number", .text(), "Only calls with this number, in any spelling."),
        QueryParameter("start_date", .day, "Only calls of this UTC day and later."),
        QueryParameter("end_date", .day, "Only calls of this UTC day and earlier."),
        QueryParameter(
            "days", .integer(from: 1, through: 3660),
            "Only the last so many days with today; 30 when absent, unless a date is given."),
    ]

    /// - Parameter limit: calls of one page.
    static func request(_ query: Query, limit: Int) throws -> ListCalls {
        let (start, end) = (try query.day("start_date"), try query.day("end_date"))
        let hasDates = start != nil || end != nil
        let lastDays =
            query["days"] != nil || !hasDates
            ? DayRange.last(try query.integer("days", default: 30, in: 1...3660)).from : nil
        return ListCalls(
            clientID: try query.id("client_id", orElse: .clientNotFound),
            from: [start, lastDays].compactMap(\.self).max(), through: end, limit: limit, texts: .notes,
            wantsTotal: false, agentID: try query.id("agent_id", orElse: .agentNotFound),
            campaignID: try query.id("campaign_id", orElse: .campaignNotFound),
            statuses: try query.choice("status", CallStatus.self).map { [$0] } ?? [],
            phoneNumber: query.phoneNumber("phone_number"))
    }
}
