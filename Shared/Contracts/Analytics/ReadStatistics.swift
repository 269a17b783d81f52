import Bus

/// A range of UTC days, both ends included.
package struct DayRange: Sendable, Codable, Hashable {
    package var from: CalendarDay
    package var through: CalendarDay

    package init(from: CalendarDay, through: CalendarDay) {
        self.from = from
        self.through = through
    }

    /// The last so many days with today.
    package static func last(_ days: Int, at now: Timestamp = .now()) -> DayRange {
        DayRange(from: now.day.adding(days: 1 - days), through: now.day)
    }
}

/// Sums over a range of days, or over all time, for one subject of the caller's workspace; zeros for one without calls.
package struct GetTotals: BusRequest, Codable {
    package static let subject: Subject = "analytics.get-totals.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = Totals

    package var about: StatisticsSubject
    /// All time when nil.
    package var days: DayRange?
    /// Also read latency percentiles, which are always those of all time.
    package var withLatencies: Bool

    package init(about: StatisticsSubject, days: DayRange? = nil, withLatencies: Bool = false) {
        self.about = about
        self.days = days
        self.withLatencies = withLatencies
    }
}

/// Sums over a range of days, or over all time, for several subjects of the caller's workspace, in their order, with
/// latency percentiles, which are always those of all time.
/// - Faults: `.inputInvalid` for more than 1000.
package struct ListTotals: BusRequest, Codable {
    package static let subject: Subject = "analytics.list-totals.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = TotalsList

    package var about: [StatisticsSubject]
    /// All time when nil.
    package var days: DayRange?

    package init(about: [StatisticsSubject], days: DayRange? = nil) {
        self.about = about
        self.days = days
    }
}

package struct TotalsList: BusMessage, Codable, Equatable {
    package var totals: [Totals]

    package init(totals: [Totals]) {
        self.totals = totals
    }
}

/// The phrases that were talked of in most calls of a subject, in a range of days or over all time.
/// - Faults: `.inputInvalid` for a limit outside of 1–1000.
package struct GetTopPhrases: BusRequest, Codable {
    package static let subject: Subject = "analytics.get-top-phrases.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = TopPhrases

    package var about: StatisticsSubject
    package var days: DayRange?
    /// 1–1000.
    package var limit: Int

    package init(about: StatisticsSubject, days: DayRange? = nil, limit: Int) {
        self.about = about
        self.days = days
        self.limit = limit
    }
}

package struct TopPhrases: BusMessage, Codable, Equatable {
    /// In most calls first; of equals the alphabetically first.
    package var phrases: [Phrase]
    /// All calls of the subject in the range.
    package var calls: Int

    package init(phrases: [Phrase], calls: Int) {
        self.phrases = phrases
        self.calls = calls
    }

    package struct Phrase: Sendable, Codable, Equatable {
        /// In lower case.
        package var text: String
        /// Calls in which it was said.
        package var count: Int

        package init(text: String, count: Int) {
            self.text = text
            self.count = count
        }
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
