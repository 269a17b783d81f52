import Bus

/// Whole hours, counted from 1970 in UTC.
package struct HourRange: Sendable, Codable, Hashable {
    package var from: Int
    /// The first that is not in it any more.
    package var until: Int

    package init(from: Int, until: Int) {
        self.from = from
        self.until = until
    }

    package var hours: Range<Int> { from..<max(from, until) }

    /// The last so many whole hours; the one that runs is not among them.
    package static func last(_ count: Int, at now: Timestamp = .now()) -> HourRange {
        HourRange(from: now.hour - count, until: now.hour)
    }
}

/// Sums for each hour of a range for the caller's workspace or one of its agents, oldest first; hours without calls are
/// left out.
/// - Faults: `.inputInvalid` for another subject or a range of more than 1000 hours.
package struct GetHourlyTotals: BusRequest, Codable {
    package static let subject: Subject = "analytics.get-hourly-totals.v1"
    package static let priority = AdmissionPriority.statistics
    package static let isRepeatable = true
    package typealias Reply = HourlyTotals

    package var about: StatisticsSubject
    package var range: HourRange

    package init(about: StatisticsSubject, range: HourRange) {
        self.about = about
        self.range = range
    }
}

package struct HourlyTotals: BusMessage, Codable, Equatable {
    package var hours: [Hour]

    package init(hours: [Hour]) {
        self.hours = hours
    }

    package struct Hour: Sendable, Codable, Equatable {
        /// Since 1970.
        package var hour: Int
        package var measures: Measures

        package init(hour: Int, measures: Measures) {
            self.hour = hour
            self.measures = measures
        }
    }
}
