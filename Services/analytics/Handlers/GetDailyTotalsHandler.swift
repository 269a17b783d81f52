import Bus
import Contracts

struct GetDailyTotalsHandler: Sendable {
    let statistics: any StatisticsRepository

    @Sendable func handle(_ request: GetDailyTotals, from caller: Caller) async throws -> DailyTotals {
        let subject = RollupSubject(request.about, in: try caller.requireWorkspace())
        let from = max(request.from, CalendarDay.allTime.adding(days: 1))
        guard from <= request.through else { return DailyTotals(days: []) }
        guard request.through < from.adding(days: 3660) else {
            throw Fault(.inputInvalid, "The range must have at most 3660 days", field: "days")
        }
        return DailyTotals(days: try await statistics.days(of: subject, from: from, through: request.through))
    }
}
