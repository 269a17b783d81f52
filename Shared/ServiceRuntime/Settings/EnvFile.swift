/// The assignments of a `.env` file: `KEY=value`, `export KEY='literal'`, `KEY="with \n escapes"`, `# comment`.
/// Nothing is interpolated.
package struct EnvFile: Sendable {
    /// One assignment; of two with the same key the later one holds.
    package struct Assignment: Sendable, Equatable {
        package let value: String
        /// From 1.
        package let line: Int
    }

    /// Where it was read from, as it is named in messages.
    package let name: String
    package private(set) var assignments: [String: Assignment] = [:]
    /// A sentence for each line that is no assignment; no value is repeated in them.
    package private(set) var problems: [String] = []
    /// A sentence for each key that is set twice.
    package private(set) var warnings: [String] = []

    package init(name: String, contents: String) {
        self.name = name
        let text = contents.hasPrefix("\u{FEFF}") ? contents.dropFirst() : contents[...]
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            read(trimmed(line), at: index + 1)
        }
    }

    private mutating func read(_ line: String, at number: Int) {
        guard !line.isEmpty, !line.hasPrefix("#") else { return }
        let assignment = line.hasPrefix("export ") ? trimmed(line.dropFirst(7)) : line
        guard let equals = assignment.firstIndex(of: "=") else {
            problems.append("\(name) line \(number) is neither a comment nor KEY=value.")
            return
        }
        let key = trimmed(assignment[..<equals])
        guard Self.isKey(key) else {
            problems.append("\(name) line \(number) has no variable's name before the equals sign.")
            return
        }
        guard let value = Self.unquoted(trimmed(assignment[assignment.index(after: equals)...])) else {
            problems.append("\(name) line \(number): the quoted value of \(key) does not end, or text follows it.")
            return
        }
        if let earlier = assignments[key] {
            warnings.append("\(name) sets \(key) on lines \(earlier.line) and \(number); the last one holds.")
        }
        assignments[key] = Assignment(value: value, line: number)
    }

    private static func isKey(_ key: String) -> Bool {
        guard let first = key.first, first == "_" || (first.isASCII && first.isLetter) else { return false }
        return key.allSatisfy { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
    }

    /// The value without its quotes or, when it has none, without a comment behind it; nil when a quote does not end.
    private static func unquoted(_ raw: String) -> String? {
        guard let quote = raw.first, quote == "\"" || quote == "'" else { return withoutComment(raw) }
        var value = ""
        var rest = raw.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                let tail = trimmed(rest)
                return tail.isEmpty || tail.hasPrefix("#") ? value : nil
            }
            guard character == "\\", quote == "\"" else {
                value.append(character)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            switch escaped {
            case "n": value.append("\n")
            case "r": value.append("\r")
            case "t": value.append("\t")
            case "\"", "\\", "$": value.append(escaped)
            default: value.append(contentsOf: ["\\", escaped])
            }
        }
        return nil
    }

    private static func withoutComment(_ raw: String) -> String {
        guard !raw.hasPrefix("#") else { return "" }
        for (index, character) in zip(raw.indices, raw) where character == "#" {
            let before = raw[raw.index(before: index)]
            if before == " " || before == "\t" { return trimmed(raw[..<index]) }
        }
        return raw
    }
}
