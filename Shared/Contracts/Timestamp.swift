import Bus
import Foundation

/// A moment in UTC, in whole microseconds as PostgreSQL keeps it.
package struct Timestamp: Hashable, Comparable, Sendable, Codable, BusMessage {
    /// Since 1970-01-01T00:00:00Z.
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func now() -> Timestamp {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Timestamp(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    package func adding(seconds: Int) -> Timestamp {
        Timestamp(microseconds: microseconds &+ Int64(seconds) &* 1_000_000)
    }

    /// The UTC date of this moment.
    package var day: CalendarDay {
        CalendarDay(daysSince1970: Int32(clamping: microseconds.flooredDivision(by: 86_400_000_000)))
    }

    /// Whole hours since 1970, UTC.
    package var hour: Int { Int(microseconds.flooredDivision(by: 3_600_000_000)) }

    /// The first moment of an hour since 1970.
    package init(hour: Int) {
        microseconds = Int64(hour) * 3_600_000_000
    }

    package init(from reader: inout MessageReader) throws {
        microseconds = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(microseconds)
    }
}

/// A UTC date.
package struct CalendarDay: Hashable, Comparable, Sendable, Codable, BusMessage {
    package let daysSince1970: Int32

    package init(daysSince1970: Int32) {
        self.daysSince1970 = daysSince1970
    }

    package static func < (left: CalendarDay, right: CalendarDay) -> Bool {
        left.daysSince1970 < right.daysSince1970
    }

    package func adding(days: Int) -> CalendarDay {
        CalendarDay(daysSince1970: Int32(clamping: Int(daysSince1970) + days))
    }

    /// Its first moment.
    package var start: Timestamp {
        Timestamp(microseconds: Int64(daysSince1970) * 86_400_000_000)
    }

    package init(from reader: inout MessageReader) throws {
        daysSince1970 = try reader.read()
    }

    package func write(to writer: inout MessageWriter) {
        writer.write(daysSince1970)
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity; the divisor is positive.
    package func flooredDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
