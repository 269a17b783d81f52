import Foundation
import Testing

@testable import Postgres

@Suite struct `A calendar day` {
    @Test(arguments: [
        (2000, 1, 1, 0), (1999, 12, 31, -1), (2000, 2, 29, 59), (2026, 11, 21, 9_821), (1900, 3, 1, -36_465),
        (-4712, 1, 1, -2_451_507), (9999, 12, 31, 2_921_939),
    ])
    func `is counted from 2000`(year: Int, month: Int, day: Int, count: Int) throws {
        let date = try #require(SQLDate(year: year, month: month, day: day))
        #expect(Int(date.daysSince2000) == count)
        #expect(date.civil == (year, month, day))
    }

    @Test func `that does not exist is nil`() {
        for (year, month, day) in [
            (2026, 2, 29), (1900, 2, 29), (2026, 13, 1), (2026, 0, 1), (2026, 4, 31), (2026, 1, 0),
        ] {
            #expect(SQLDate(year: year, month: month, day: day) == nil)
        }
        #expect(SQLDate(year: .max, month: 1, day: 1) == nil)
        #expect(SQLDate(containing: Date(timeIntervalSince1970: 1e300)) == nil)
    }

    @Test func `holds its instants and reads like ISO 8601`() throws {
        let day = try #require(SQLDate(year: 2026, month: 3, day: 1))
        #expect(SQLDate(containing: day.start) == day)
        #expect(SQLDate(containing: day.start.addingTimeInterval(86_399.999)) == day)
        #expect(SQLDate(containing: day.start.addingTimeInterval(-0.001))?.description == "2026-02-28")
        #expect(day.description == "2026-03-01")
    }

    @Test func `walks through each day of 800 years without a jump`() {
        var last = SQLDate(daysSince2000: -146_097 - 1).civil
        for days in Int32(-146_097)...146_097 {
            let day = SQLDate(daysSince2000: days)
            let civil = day.civil
            let isNextDay = civil == (last.year, last.month, last.day + 1)
            let isNextMonth = civil == (last.year, last.month + 1, 1) || civil == (last.year + 1, 1, 1)
            if !isNextDay && !isNextMonth || SQLDate(year: civil.year, month: civil.month, day: civil.day) != day {
                Issue.record("day \(days) is \(civil) after \(last)")
            }
            last = civil
        }
    }
}
