import Contracts
import Testing

struct TimestampTests {
    @Test(arguments: [
        ("2025-12-26T10:30:00Z", "2025-12-26T10:30:00Z"), ("2025-12-26T10:30:00", "2025-12-26T10:30:00Z"),
        ("2025-12-26 10:30:00.5+01:00", "2025-12-26T09:30:00.500Z"),
        ("2024-02-29T23:59:60-0030", "2024-03-01T00:29:59Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"), ("9999-12-31T23:59:59.1234567Z", "9999-12-31T23:59:59.123456Z"),
    ])
    func `a moment is read in the forms of RFC 3339 and written in UTC`(text: String, expected: String) throws {
        #expect(try #require(Timestamp(text: text)).text == expected)
    }

    @Test(arguments: [
        "", "now", "2025-02-29", "2025-13-01", "2025-12-26T24:00:00Z", "2025-12-26T10:60:00Z", "2025-12-26T10:30",
        "2025-12-26T10:30:00.Z", "2025-12-26T10:30:00+25:00", "2025-12-26T10:30:00Zz", "10000-01-01", "２０２５-01-01",
        "2025-12-26T10:30:00Z\u{0}",
    ])
    func `what is no moment is refused`(text: String) {
        #expect(Timestamp(text: text) == nil)
    }

    @Test func `each day of four centuries has its date, and the date its day`() throws {
        var previous = CalendarDay(year: 1799, month: 12, day: 31)!
        for day in (previous.daysSince1970 + 1)...(previous.daysSince1970 + 146_097) {
            let date = CalendarDay(daysSince1970: day)
            #expect(previous < date)
            let read = try #require(CalendarDay(text: date.text))
            if read != date { Issue.record("\(date.text) is read as another day") }
            previous = date
        }
    }

    @Test func `the day of a moment before 1970 is the day that it lies in`() throws {
        let moment = Timestamp(microseconds: -1)
        #expect(moment.day.text == "1969-12-31")
        #expect(moment.text == "1969-12-31T23:59:59.999999Z")
    }
}
