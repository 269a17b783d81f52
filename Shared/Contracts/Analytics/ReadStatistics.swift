import Bus

/// Sums over all time for one subject of the caller's workspace; zeros for one without calls.
package struct GetTotals: BusRequest, Codable {
    package static let subject: Subject = "analytics.get-totals.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = Totals

    package var about: StatisticsSubject
    /// Also read latency percentiles.
    package var withLatencies: Bool

    package init(about: StatisticsSubject, withLatencies: Bool = false) {
        self.about = about
        self.withLatencies = withLatencies
    }
}

package struct Totals: BusMessage, Codable, Equatable {
    package var measures: Measures
    /// Active clients of the workspace.
    package var clients: Int
    /// Zeros unless they were asked for.
    package var stt: LatencyPercentiles
    package var llm: LatencyPercentiles
    package var tts: LatencyPercentiles

    package init(
        measures: Measures, clients: Int, stt: LatencyPercentiles, llm: LatencyPercentiles, tts: LatencyPercentiles
    ) {
        self.measures = measures
        self.clients = clients
        self.stt = stt
        self.llm = llm
        self.tts = tts
    }
}

/// Microseconds with 1 % relative error; zeros when nothing was measured.
package struct LatencyPercentiles: Sendable, Codable, Equatable {
    package var p50Micros: Int
    package var p95Micros: Int
    package var p99Micros: Int

    package init(p50Micros: Int = 0, p95Micros: Int = 0, p99Micros: Int = 0) {
        self.p50Micros = p50Micros
        self.p95Micros = p95Micros
        self.p99Micros = p99Micros
    }
}

/// Sums for each day of a range for one subject, oldest first; days without calls are left out.
/// - Faults: `.inputInvalid` for a range of more than 3660 days.
package struct GetDailyTotals: BusRequest, Codable {
    package static let subject: Subject = "analytics.get-daily-totals.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = DailyTotals

    package var about: StatisticsSubject
    /// First and last day, both included.
    package var from: CalendarDay
    package var through: CalendarDay

    package init(about: StatisticsSubject, from: CalendarDay, through: CalendarDay) {
        self.about = about
        self.from = from
        self.through = through
    }
}

package struct DailyTotals: BusMessage, Codable, Equatable {
    package var days: [Day]

    package init(days: [Day]) {
        self.days = days
    }

    package struct Day: Sendable, Codable, Equatable {
        package var day: CalendarDay
        package var measures: Measures

        package init(day: CalendarDay, measures: Measures) {
            self.day = day
            self.measures = measures
        }
    }
}
