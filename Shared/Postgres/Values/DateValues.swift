import Foundation

/// Seconds from 1970 to 2000, where PostgreSQL's clock begins.
private let epochSeconds: Double = 946_684_800

/// `timestamptz`, to the microsecond. A date at plus or minus infinity is PostgreSQL's `infinity`.
extension Date: SQLScalar {
    package static var sqlType: SQLType { .timestamptz }
    package static var sqlArrayType: SQLType { .timestamptzArray }

    /// - Throws: a sentence when the date lies outside of 4714 BC to AD 294276.
    package func encode(into buffer: inout [UInt8]) throws(SQLValueFault) {
        let seconds = timeIntervalSinceReferenceDate
        if seconds == .infinity { return buffer.appendBigEndian(Int64.max) }
        if seconds == -.infinity { return buffer.appendBigEndian(Int64.min) }
        // Whole seconds and the rest apart, so that no microsecond is lost by the greater number.
        let whole = seconds.rounded(.down)
        let shift = Date.timeIntervalBetween1970AndReferenceDate - epochSeconds
        guard let wholeSeconds = Int64(exactly: whole + shift), abs(wholeSeconds) < 9_300_000_000_000 else {
            throw SQLValueFault(message: "the date is outside of what can be stored")
        }
        let microseconds = wholeSeconds * 1_000_000 + Int64(((seconds - whole) * 1_000_000).rounded())
        guard microseconds >= -211_813_488_000_000_000, microseconds < 9_223_371_331_200_000_000 else {
            throw SQLValueFault(message: "the date is outside of what can be stored")
        }
        buffer.appendBigEndian(microseconds)
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Date {
        let microseconds = try cell.bytes(as: .timestamptz, for: self).integer(Int64.self)
        if microseconds == .max { return Date(timeIntervalSinceReferenceDate: .infinity) }
        if microseconds == .min { return Date(timeIntervalSinceReferenceDate: -.infinity) }
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let shift = Date.timeIntervalBetween1970AndReferenceDate - epochSeconds
        return Date(timeIntervalSinceReferenceDate: Double(seconds) - shift + Double(rest) / 1_000_000)
    }
}

/// A calendar day without a time or a zone.
package struct SQLDate: Hashable, Comparable, Sendable {
    /// Negative before 2000-01-01.
    package var daysSince2000: Int32

    package init(daysSince2000: Int32) {
        self.daysSince2000 = daysSince2000
    }

    /// The day of the proleptic Gregorian calendar; nil when there is no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (-4_712...5_874_897).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        // Days from civil: the year begins in March, so that the leap day comes last.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSince2000 = Int32(era * 146_097 + dayOfEra - 730_425)
        guard day <= 28 || civil == (year, month, day) else { return nil }
    }

    /// The UTC day that holds an instant; nil when it is too far away.
    package init?(containing instant: Date) {
        let days = ((instant.timeIntervalSince1970 - epochSeconds) / 86_400).rounded(.down)
        guard let days = Int32(exactly: days) else { return nil }
        daysSince2000 = days
    }

    package static func < (left: SQLDate, right: SQLDate) -> Bool {
        left.daysSince2000 < right.daysSince2000
    }

    /// Year, month from 1, day from 1.
    package var civil: (year: Int, month: Int, day: Int) {
        let days = Int(daysSince2000) + 730_425
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Midnight UTC at which the day begins.
    package var start: Date {
        Date(timeIntervalSince1970: Double(daysSince2000) * 86_400 + epochSeconds)
    }
}

extension SQLDate: CustomStringConvertible {
    /// ISO 8601, such as 2026-03-01.
    package var description: String {
        let (year, month, day) = civil
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number.magnitude)
            return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}

extension SQLDate: SQLScalar {
    package static var sqlType: SQLType { .date }
    package static var sqlArrayType: SQLType { .dateArray }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(daysSince2000) }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> SQLDate {
        SQLDate(daysSince2000: try cell.bytes(as: .date, for: self).integer(Int32.self))
    }
}
