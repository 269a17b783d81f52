import Logging

/// One line of the log, ready to be rendered.
struct LogLine {
    let time: LogTimestamp
    let level: Logger.Level
    let service: String
    let message: String
    /// The logger's own, the provider's and the event's, merged.
    let metadata: Logger.Metadata

    /// Bytes of one value; a longer one is cut.
    static let maximumValueBytes = 1024
    /// Bytes of the message.
    static let maximumMessageBytes = 2048
    /// Depth of nested metadata; what lies deeper is written as a text.
    static let maximumDepth = 4

    func rendered(as format: LogFormat) -> [UInt8] {
        switch format {
        case .json: json
        case .text: text
        }
    }

    /// `request_id` and `trace_id` first, the rest by name.
    private var fields: [(key: String, value: Logger.MetadataValue)] {
        func rank(_ key: String) -> Int {
            switch key {
            case "request_id": 0
            case "trace_id": 1
            default: 2
            }
        }
        var fields: [(key: String, value: Logger.MetadataValue)] = []
        fields.reserveCapacity(metadata.count)
        for (key, value) in metadata { fields.append((key, value)) }
        fields.sort { left, right in
            let (leftRank, rightRank) = (rank(left.key), rank(right.key))
            return leftRank == rightRank ? left.key < right.key : leftRank < rightRank
        }
        return fields
    }
}

// MARK: - JSON

extension LogLine {
    private static let reservedKeys: Set<String> = ["ts", "level", "service", "msg", "truncated"]

    private var json: [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(512)
        line.append(contentsOf: #"{"ts":""#.utf8)
        time.append(to: &line)
        line.append(contentsOf: #"","level":""#.utf8)
        line.append(contentsOf: level.rawValue.utf8)
        line.append(contentsOf: #"","service":"#.utf8)
        JSONText.append(service, to: &line)
        line.append(contentsOf: #","msg":"#.utf8)
        JSONText.append(message, to: &line, limit: Self.maximumMessageBytes)
        var isTruncated = false
        for (key, value) in fields {
            let start = line.count
            line.append(UInt8(ascii: ","))
            JSONText.append(Self.reservedKeys.contains(key) ? "_" + key : key, to: &line, limit: 64)
            line.append(UInt8(ascii: ":"))
            Self.appendJSON(value, depth: 1, to: &line)
            if line.count > LogOutput.maximumLineBytes - 24 {
                line.removeSubrange(start...)
                isTruncated = true
            }
        }
        line.append(contentsOf: (isTruncated ? ",\"truncated\":true}\n" : "}\n").utf8)
        return line
    }

    private static func appendJSON(_ value: Logger.MetadataValue, depth: Int, to bytes: inout [UInt8]) {
        switch value {
        case .string(let text):
            JSONText.append(text, to: &bytes, limit: maximumValueBytes)
        case .stringConvertible(let convertible):
            if convertible is any BinaryInteger || convertible is Bool {
                bytes.append(contentsOf: convertible.description.utf8)
            } else if let number = convertible as? Double, number.isFinite {
                bytes.append(contentsOf: number.description.utf8)
            } else {
                JSONText.append(convertible.description, to: &bytes, limit: maximumValueBytes)
            }
        case .array(let values) where depth < maximumDepth:
            appendList(values, brackets: ("[", "]"), to: &bytes) { appendJSON($0, depth: depth + 1, to: &$1) }
        case .dictionary(let values) where depth < maximumDepth:
            appendList(values.sorted { $0.key < $1.key }, brackets: ("{", "}"), to: &bytes) { pair, bytes in
                JSONText.append(pair.key, to: &bytes, limit: 64)
                bytes.append(UInt8(ascii: ":"))
                appendJSON(pair.value, depth: depth + 1, to: &bytes)
            }
        case .array, .dictionary:
            JSONText.append(value.description, to: &bytes, limit: maximumValueBytes)
        }
    }

    private static func appendList<Element>(
        _ elements: [Element], brackets: (Unicode.Scalar, Unicode.Scalar), to bytes: inout [UInt8],
        appendElement: (Element, inout [UInt8]) -> Void
    ) {
        bytes.append(UInt8(ascii: brackets.0))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            appendElement(element, &bytes)
        }
        bytes.append(UInt8(ascii: brackets.1))
    }
}

// MARK: - Text

extension LogLine {
    private var text: [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        time.append(to: &line)
        let level = level.rawValue
        line.append(contentsOf: " \(level)\(String(repeating: " ", count: max(0, 8 - level.count))) ".utf8)
        line.append(contentsOf: "\(service.printable): \(message.printable(cutTo: Self.maximumMessageBytes))".utf8)
        for (key, value) in fields {
            let shown = value.description.printable(cutTo: Self.maximumValueBytes)
            let needsQuotes = shown.isEmpty || shown.contains { $0 == " " || $0 == "=" || $0 == "\"" }
            let field = " \(key.printable)=" + (needsQuotes ? JSONText.quoted(shown) : shown)
            guard line.count + field.utf8.count <= LogOutput.maximumLineBytes - 8 else {
                line.append(contentsOf: " …".utf8)
                break
            }
            line.append(contentsOf: field.utf8)
        }
        line.append(0x0A)
        return line
    }
}

extension String {
    /// At most this many bytes of the text, an ellipsis in place of the rest, no character cut in two.
    fileprivate func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return self[..<end] + "…"
    }

    /// At most this many bytes of what `printable` gives.
    fileprivate func printable(cutTo limit: Int) -> String { cut(toBytes: limit).printable.cut(toBytes: limit) }

    /// Without control characters, which could move a terminal's cursor or begin a line of their own.
    fileprivate var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isControl {
                text += scalar.escaped(asASCII: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { properties.generalCategory == .control || properties.generalCategory == .format }
}
