/// A duration is a whole number and its unit, `250ms` or `2h`, so that no reader has to guess the unit.
extension Duration: SettingValue {
    package static var typeName: String { "duration" }
    package static var allowedText: String { "a duration such as 250ms, 5s, 10m, 2h or 7d" }

    /// Longest unit first, in milliseconds.
    private static var units: [(suffix: String, milliseconds: Int)] {
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
    }

    package init?(settingText: String) {
        let digits = settingText.prefix { $0.isASCII && $0.isNumber }
        let suffix = trimmed(settingText.dropFirst(digits.count)).lowercased()
        guard let count = Int(digits) else { return nil }
        guard let unit = Self.units.first(where: { $0.suffix == suffix })?.milliseconds ?? (count == 0 ? 1 : nil)
        else { return nil }
        let (milliseconds, overflows) = count.multipliedReportingOverflow(by: unit)
        guard !overflows else { return nil }
        self = .milliseconds(milliseconds)
    }

    package var settingText: String {
        let milliseconds = wholeMilliseconds
        for unit in Self.units where milliseconds % unit.milliseconds == 0 && milliseconds >= unit.milliseconds {
            return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
        }
        return "0s"
    }

    /// Milliseconds, rounded toward zero and held within what an Int can say.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        let (product, overflows) = Int(seconds).multipliedReportingOverflow(by: 1000)
        guard !overflows else { return seconds < 0 ? Int.min : Int.max }
        return product &+ Int(attoseconds / 1_000_000_000_000_000)
    }
}

/// A number of bytes; `10MiB` is 10 × 1024 × 1024, `10MB` is 10,000,000.
package struct ByteSize: SettingValue, Hashable, Comparable {
    /// Zero or more.
    package let bytes: Int

    /// - Precondition: `bytes` is zero or more.
    package init(bytes: Int) {
        precondition(bytes >= 0, "a size is zero or more")
        self.bytes = bytes
    }

    package static func mebibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count * 1_048_576) }
    package static func kibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count * 1024) }
    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

    package static var typeName: String { "byte size" }
    package static var allowedText: String { "a number of bytes such as 1048576, 64KiB, 10MiB or 2GB" }

    private static let units: [(suffix: String, bytes: Int)] = [
        ("GiB", 1_073_741_824), ("MiB", 1_048_576), ("KiB", 1024), ("GB", 1_000_000_000), ("MB", 1_000_000),
        ("kB", 1000), ("B", 1), ("", 1),
    ]

    package init?(settingText: String) {
        let digits = settingText.prefix { $0.isASCII && $0.isNumber }
        let suffix = trimmed(settingText.dropFirst(digits.count)).lowercased()
        guard let count = Int(digits), let unit = Self.units.first(where: { $0.suffix.lowercased() == suffix }) else {
            return nil
        }
        let (product, overflows) = count.multipliedReportingOverflow(by: unit.bytes)
        guard !overflows else { return nil }
        bytes = product
    }

    package var settingText: String {
        for unit in Self.units.prefix(3) where bytes >= unit.bytes && bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(unit.suffix)"
        }
        return String(bytes)
    }
}
