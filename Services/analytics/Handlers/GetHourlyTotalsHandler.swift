import Bus
import Contracts

struct GetHourlyTotalsHandler: Sendable {
    let statistics: any StatisticsRepository

    @Sendable func handle(_ request: GetHourlyTotals, from caller: Caller) async throws -> HourlyTotals {
        let subject = RollupSubject(request.about, in: try caller.requireWorkspace())
        guard subject.hasHours, request.range.hours.count <= 1000 else {
            throw Fault(.inputInvalid, "At most 1000 hours of a workspace or an agent may be asked for", field: "hours")
        }
        return HourlyTotals(hours: try await statistics.hours(of: subject, in: request.range))
    }
}
