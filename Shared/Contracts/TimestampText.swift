extension CalendarDay {
    /// Year, month 1–12 and day 1–31 of the proleptic Gregorian calendar.
    package var civil: (year: Int, month: Int, day: Int) {
        let shifted = Int(daysSince1970) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Nil when there is no such date.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(daysSince1970: Int32(era * 146_097 + dayOfEra - 719_468))
        guard civil == (year, month, day) else { return nil }
    }

    /// `2026-01-31`.
    package var text: String {
        let (year, month, day) = civil
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Reads `2026-01-31`; nil for anything else.
    package init?(text: String) {
        var scanner = DigitScanner(text)
        guard let (year, month, day) = scanner.date(), scanner.isAtEnd else { return nil }
        self.init(year: year, month: month, day: day)
    }
}

extension Timestamp {
    /// RFC 3339 in UTC, `2026-01-31T09:30:00Z`, with as many digits of a second as are needed.
    package var text: String {
        let ofDay = microseconds - day.start.microseconds
        let seconds = ofDay / 1_000_000
        let fraction = Int(ofDay % 1_000_000)
        var text = "\(day.text)T\(padded(Int(seconds / 3600), 2)):\(padded(Int(seconds / 60 % 60), 2))"
        text += ":\(padded(Int(seconds % 60), 2))"
        if fraction > 0 {
            text += fraction % 1000 == 0 ? ".\(padded(fraction / 1000, 3))" : ".\(padded(fraction, 6))"
        }
        return text + "Z"
    }

    /// Reads RFC 3339 and the form without a zone, which is taken as UTC, in the years 1–9999; a date alone is its first
    /// moment. Nil for anything else.
    package init?(text: String) {
        var scanner = DigitScanner(text)
        guard let (year, month, day) = scanner.date(), let date = CalendarDay(year: year, month: month, day: day) else {
            return nil
        }
        guard !scanner.isAtEnd else {
            self = date.start
            return
        }
        guard scanner.skip(oneOf: "Tt "), let hour = scanner.digits(2), hour < 24, scanner.skip(oneOf: ":"),
            let minute = scanner.digits(2), minute < 60, scanner.skip(oneOf: ":"), let second = scanner.digits(2),
            second <= 60, let fraction = scanner.fraction(), let offset = scanner.zoneSeconds(), scanner.isAtEnd
        else { return nil }
        let seconds = hour * 3600 + minute * 60 + min(second, 59) - offset
        self.init(microseconds: date.start.microseconds + Int64(seconds) * 1_000_000 + Int64(fraction))
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}

/// Reads fixed-width numbers off a text.
private struct DigitScanner {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) {
        bytes = Array(text.utf8.prefix(64))
    }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func digits(_ count: Int) -> Int? {
        guard offset + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[offset..<offset + count] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        offset += count
        return value
    }

    mutating func skip(oneOf characters: String) -> Bool {
        guard offset < bytes.count, characters.utf8.contains(bytes[offset]) else { return false }
        offset += 1
        return true
    }

    mutating func date() -> (Int, Int, Int)? {
        guard let year = digits(4), skip(oneOf: "-"), let month = digits(2), skip(oneOf: "-"), let day = digits(2)
        else {
            return nil
        }
        return (year, month, day)
    }

    /// Microseconds; zero when there is no fraction, nil for a dot without digits. Further digits are cut off.
    mutating func fraction() -> Int? {
        guard skip(oneOf: ".,") else { return 0 }
        var value = 0
        var count = 0
        while offset < bytes.count, (48...57).contains(bytes[offset]) {
            if count < 6 { value = value * 10 + Int(bytes[offset] - 48) }
            count += 1
            offset += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }

    /// Seconds east of UTC; zero when no zone is given.
    mutating func zoneSeconds() -> Int? {
        if isAtEnd || skip(oneOf: "Zz") { return 0 }
        let sign = skip(oneOf: "+") ? 1 : skip(oneOf: "-") ? -1 : 0
        guard sign != 0, let hours = digits(2), hours < 24 else { return nil }
        _ = skip(oneOf: ":")
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
