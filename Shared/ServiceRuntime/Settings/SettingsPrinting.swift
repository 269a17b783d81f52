extension SettingsCatalogue {
    /// One JSON object a line for each setting, by name: what `--print-settings` answers. No current value is in it.
    package var jsonLines: String {
        entries.map { entry in
            var fields = [
                "\"name\":\(JSONText.quoted(entry.name))", "\"type\":\(JSONText.quoted(entry.type))",
                "\"required\":\(entry.isRequired)", "\"secret\":\(entry.isSecret)",
                "\"default\":\(entry.defaultText.isEmpty ? "null" : JSONText.quoted(entry.defaultText))",
                "\"allowed\":\(JSONText.quoted(entry.allowed))",
            ]
            if let unit = entry.unit { fields.append("\"unit\":\(JSONText.quoted(unit))") }
            if let note = entry.defaultNote { fields.append("\"default_note\":\(JSONText.quoted(note))") }
            fields.append("\"summary\":\(JSONText.quoted(entry.summary))")
            return "{" + fields.joined(separator: ",") + "}\n"
        }
        .joined()
    }

    /// A template for a `.env` file: each setting with its summary, commented out unless it is required.
    package var envExample: String {
        entries.map { entry in
            let unit = entry.unit.map { ", in \($0)" } ?? ""
            let note = entry.defaultNote.map { " Without it: \($0)." } ?? ""
            let comment = "# \(entry.summary) (\(entry.allowed)\(unit)).\(note)\n"
            return comment + (entry.isRequired ? "" : "# ") + "\(entry.name)=\(Self.quotedForFile(entry.defaultText))\n"
        }
        .joined(separator: "\n")
    }

    /// Quoted when a reader of `.env` files would otherwise take it for something else.
    private static func quotedForFile(_ text: String) -> String {
        let needsQuotes =
            text.contains { $0 == " " || $0 == "#" || $0 == "'" || $0 == "\\" || $0.isNewline }
            || text.hasPrefix("\"")
        guard needsQuotes else { return text }
        let escaped = text.map { character in
            switch character {
            case "\"", "\\": "\\\(character)"
            case "\n": "\\n"
            default: String(character)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
