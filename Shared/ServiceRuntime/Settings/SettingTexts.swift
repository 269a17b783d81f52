/// A text that must not be seen: it prints as `***` everywhere, and only `revealed` gives it away.
package struct Secret: SettingValue, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The secret itself, for the one place that uses it; never for a log or an error.
    package let revealed: String

    package init(_ text: String) { revealed = text }

    package static var typeName: String { "secret" }
    package static var allowedText: String { "a secret text" }
    package init?(settingText: String) { revealed = settingText }
    package var settingText: String { revealed }

    package var description: String { "***" }
    package var debugDescription: String { "***" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Takes the same time wherever the first difference is.
    package static func == (left: Secret, right: Secret) -> Bool {
        let (a, b) = (Array(left.revealed.utf8), Array(right.revealed.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// An address with a scheme, such as `https://host:9000/path`, `postgresql://…` or `ipc:///run/bus.sock`.
/// A password inside it prints as `***`.
package struct URLText: SettingValue, Hashable, CustomStringConvertible {
    /// The whole address as it was given, password included.
    package let text: String
    /// In lower case, without `://`.
    package let scheme: String

    package static var typeName: String { "address" }
    package static var allowedText: String { "an address such as https://host:port/path" }

    /// Nil when the text has no scheme, nothing behind it, or a space or control character.
    package init?(settingText: String) {
        guard let separator = settingText.firstRange(of: "://") else { return nil }
        let scheme = settingText[..<separator.lowerBound].lowercased()
        let legal = scheme.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        guard let first = scheme.first, first.isLetter, legal else { return nil }
        guard separator.upperBound < settingText.endIndex else { return nil }
        guard !settingText.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F }) else { return nil }
        self.text = settingText
        self.scheme = scheme
    }

    package var settingText: String { text }

    package var description: String {
        guard let start = text.firstRange(of: "://")?.upperBound else { return text }
        let authority = text[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return text
        }
        return text[..<colon] + ":***" + text[at...]
    }
}
