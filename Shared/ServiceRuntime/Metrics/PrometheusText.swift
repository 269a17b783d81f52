/// Prometheus' text format, version 0.0.4, as it is being written.
struct PrometheusText {
    /// The media type of the format.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    mutating func header(_ name: String, kind: MetricKind, help: String) {
        let escaped = help.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case _ where character.isNewline: text += "\\n"
            default: text.append(character)
            }
        }
        text += "# HELP \(name) \(escaped)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// - Parameter labels: rendered by `labels(_:)`, without braces; empty for none.
    mutating func sample(_ name: String, labels: String, value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// `name="value",…` with the values escaped; the names must be legal already.
    static func labels(_ labels: [(name: String, value: String)]) -> String {
        labels.map { label in
            let escaped = label.value.utf8.contains(where: needsEscape) ? Self.escaped(label.value) : label.value
            return "\(label.name)=\"\(escaped)\""
        }
        .joined(separator: ",")
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
    }

    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let integer = Int64(exactly: value) { return String(integer) }
        return "\(value)"
    }

    /// A legal metric's or label's name: what is not a letter, digit or underscore becomes an underscore.
    static func name(_ raw: String) -> String {
        let isLegal = raw.utf8.allSatisfy(isNameByte)
        let name =
            isLegal
            ? raw : String(raw.unicodeScalars.map { $0.isASCII && isNameByte(UInt8(ascii: $0)) ? Character($0) : "_" })
        guard let first = name.unicodeScalars.first else { return "_" }
        return ("0"..."9").contains(first) ? "_" + name : name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// What Prometheus calls a metric's type.
package enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}
