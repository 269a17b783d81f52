import Contracts

/// Figures in the words that the product's pages show.
enum Wording {
    /// `3m 24s`, `45s`, `1h 2m 5s`.
    static func duration(ofMS milliseconds: Int) -> String {
        let seconds = (milliseconds + 500) / 1000
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        let parts = (hours > 0 ? ["\(hours)h"] : []) + (minutes > 0 || hours > 0 ? ["\(minutes)m"] : [])
        return (parts + ["\(seconds % 60)s"]).joined(separator: " ")
    }

    /// `3:45`, `1:02:05`.
    static func clock(ofSeconds seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":" + two(seconds % 60)
    }

    /// `2.3s`.
    static func seconds(ofMicros micros: Int) -> String {
        tenths(tenths(ofMicros: micros)) + "s"
    }

    /// Tenths of a second, rounded.
    static func tenths(ofMicros micros: Int) -> Int {
        (micros + 50_000) / 100_000
    }

    /// A number of tenths with its decimal: `2.3`, `-0.4`.
    static func tenths(_ tenths: Int) -> String {
        "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    /// The same with its sign: `+2.3`.
    static func change(ofTenths tenths: Int) -> String {
        (tenths < 0 ? "" : "+") + self.tenths(tenths)
    }

    /// `just now`, `2 minutes ago`, `3 days ago`.
    static func ago(_ moment: Timestamp, now: Timestamp) -> String {
        let seconds = max(0, (now.microseconds - moment.microseconds) / 1_000_000)
        let units: [(name: String, seconds: Int64)] = [("day", 86_400), ("hour", 3600), ("minute", 60)]
        for (name, length) in units where Int64(seconds) >= length {
            let count = Int64(seconds) / length
            return "\(count) \(name)\(count == 1 ? "" : "s") ago"
        }
        return "just now"
    }
}
