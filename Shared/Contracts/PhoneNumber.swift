/// A phone number as it was given, and the form by which two spellings of one number are the same.
///
/// `+1-555-0100`, `+1 (555) 0100` and `001.555.0100` are all `+15550100`. No country is guessed: `555-0100` is `5550100`,
/// another number. Short codes and fictional numbers are numbers too.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// As it was given, trimmed.
    package let given: String
    /// `+` where an international prefix was given, then 3–15 digits.
    package let normalised: String

    package static let digitCounts = 3...15

    /// Nil for a text that is no phone number.
    package init?(_ text: some StringProtocol) {
        let given = text.trimmed
        guard let normalised = Self.normalise(given) else { return nil }
        self.given = given
        self.normalised = normalised
    }

    package static func == (left: PhoneNumber, right: PhoneNumber) -> Bool {
        left.normalised == right.normalised
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(normalised)
    }

    package var description: String { normalised }

    private static func normalise(_ text: String) -> String? {
        if let short = normaliseUsual(text) { return short }
        var digits = ""
        var isInternational = false
        for character in text {
            switch character {
            case "0"..."9" where character.isASCII: digits.append(character)
            case "+":
                guard digits.isEmpty, !isInternational else { return nil }
                isInternational = true
            case "-", "‐", "‑", "–", ".", "(", ")", "/": continue
            case _ where character.isWhitespace && !character.isNewline: continue
            default: return nil
            }
        }
        if !isInternational, digits.hasPrefix("00") {
            isInternational = true
            digits.removeFirst(2)
        }
        guard digitCounts.contains(digits.count) else { return nil }
        return (isInternational ? "+" : "") + digits
    }
}

extension PhoneNumber {
    /// The same for what begins with `+` and goes on with digits, spaces and ASCII signs, as most numbers do; nil for
    /// anything else.
    private static func normaliseUsual(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { text in
            guard text.first == UInt8(ascii: "+") else { return nil }
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 + digitCounts.upperBound) { digits in
                digits[0] = UInt8(ascii: "+")
                var count = 1
                for byte in text.dropFirst() {
                    switch byte {
                    case UInt8(ascii: "0")...UInt8(ascii: "9"):
                        guard count < digits.count else { return nil }
                        digits[count] = byte
                        count += 1
                    case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"),
                        UInt8(ascii: "/"):
                        continue
                    default: return nil
                    }
                }
                guard digitCounts.contains(count - 1) else { return nil }
                return String(decoding: digits[..<count], as: UTF8.self)
            }
        }
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    package var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
