#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A list is a JSON array or a comma-separated text; `[]` is the empty list.
extension Array: SettingValue where Element: SettingValue {
    package static var typeName: String { "list of \(Element.typeName)" }
    package static var allowedText: String {
        "a comma-separated list or JSON array, each element \(Element.allowedText)"
    }

    package init?(settingText: String) {
        let texts: [String]
        if settingText.hasPrefix("[") {
            guard let scalars = try? JSONDecoder().decode([ListElementText].self, from: Data(settingText.utf8)) else {
                return nil
            }
            texts = scalars.map(\.text)
        } else {
            texts = settingText.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
        }
        self = []
        for text in texts {
            guard !text.isEmpty, let element = Element(settingText: text) else { return nil }
            append(element)
        }
    }

    package var settingText: String {
        "[" + map { JSONText.quoted($0.settingText) }.joined(separator: ",") + "]"
    }
}

/// A string, number or boolean of a JSON array, as the text that it would have in a comma-separated list.
private struct ListElementText: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let string = try? container.decode(String.self) {
            text = string
        } else if let boolean = try? container.decode(Bool.self) {
            text = boolean.settingText
        } else if let integer = try? container.decode(Int.self) {
            text = integer.settingText
        } else {
            text = try container.decode(Double.self).settingText
        }
    }
}

/// The text without the spaces and tabs around it.
func trimmed(_ text: some StringProtocol) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
    let start = text.drop(while: isSpace)
    guard let end = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(start[...end])
}
