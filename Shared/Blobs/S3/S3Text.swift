import Foundation

/// What an S3 server says in XML, as far as it is used: the text between two tags.
enum S3Text {
    /// The contents of every element of this name, in order; elements of one name do not stand in one another.
    static func all(_ name: String, in text: Substring) -> [Substring] {
        var found: [Substring] = []
        var rest = text
        while let start = rest.firstRange(of: "<\(name)>"),
            let end = rest[start.upperBound...].firstRange(of: "</\(name)>")
        {
            found.append(rest[start.upperBound..<end.lowerBound])
            rest = rest[end.upperBound...]
        }
        return found
    }

    /// The unescaped text of the first element of this name.
    static func first(_ name: String, in text: Substring) -> String? {
        all(name, in: text).first.map { inner in
            [
                ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'"),
                ("&amp;", "&"),
            ]
            .reduce(String(inner)) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
        }
    }

    /// The text for use between two tags.
    static func escaped(_ text: String) -> String {
        [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")]
            .reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }

    /// `bytes 0-99/300000`: which bytes, and of how many.
    static func piece(_ text: String) -> (range: Range<Int>, size: Int)? {
        let numbers = text.split { !("0"..."9").contains($0) }.compactMap { Int($0) }
        guard numbers.count == 3, numbers[0] <= numbers[1], numbers[1] < numbers[2] else { return nil }
        return (numbers[0]..<numbers[1] + 1, numbers[2])
    }

    /// `2026-11-21T07:38:29.123Z`, with or without the fraction.
    static func moment(_ text: String) -> Date? {
        let numbers = text.split { !("0"..."9").contains($0) }.compactMap { Int32($0) }
        guard numbers.count >= 6 else { return nil }
        var parts = tm()
        parts.tm_year = numbers[0] - 1900
        parts.tm_mon = numbers[1] - 1
        parts.tm_mday = numbers[2]
        parts.tm_hour = numbers[3]
        parts.tm_min = numbers[4]
        parts.tm_sec = numbers[5]
        return Date(timeIntervalSince1970: Double(timegm(&parts)))
    }
}
