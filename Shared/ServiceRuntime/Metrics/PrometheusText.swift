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
            let escaped = label.value.reduce(into: "") { text, character in
                switch character {
                case "\\": text += "\\\\"
                case "\"": text += "\\\""
                case _ where character.isNewline: text += "\\n"
                default: text.append(character)
                }
            }
            return "\(label.name)=\"\(escaped)\""
        }
        .joined(separator: ",")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let integer = Int64(exactly: value) { return String(integer) }
        return "\(value)"
    }

    /// A legal metric's or label's name: what is not a letter, digit or underscore becomes an underscore.
    static func name(_ raw: String) -> String {
        var name = ""
        for scalar in raw.unicodeScalars {
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            name.unicodeScalars.append(isLetter || ("0"..."9").contains(scalar) ? scalar : "_")
        }
        guard let first = name.unicodeScalars.first else { return "_" }
        return ("0"..."9").contains(first) ? "_" + name : name
    }
}

/// What Prometheus calls a metric's type.
package enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}
