import Bus
import Contracts
import Foundation

/// What a part of a form says of itself.
struct MultipartHead: Equatable, Sendable {
    /// Of the form's field.
    let name: String
    /// As it was sent; nil for a part that is no file.
    let fileName: String?
    /// Lower-case, without parameters; empty when it says none.
    let contentType: String

    /// - Parameter headers: lines of the part, without the blank one at their end.
    /// - Throws: `.inputMalformed` without a name.
    init(_ headers: String) throws {
        var disposition: String?
        var type = ""
        // A line's end is one character; a line that goes on with a space belongs to the one before.
        for line in headers.replacingOccurrences(of: "\r\n", with: "\n").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw MultipartParser.malformed("has a header without a colon") }
            let value = parts[1].trimmingCharacters(in: .whitespaces)
            switch parts[0].lowercased() {
            case "content-disposition": disposition = value
            case "content-type": type = value.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
            default: break
            }
        }
        let parameters = Self.parameters(disposition ?? "")
        guard parameters.kind == "form-data", let name = parameters.values["name"], !name.isEmpty else {
            throw MultipartParser.malformed("has a part without a name")
        }
        self.name = name
        let extended = parameters.values["filename*"].flatMap(Self.extended)
        fileName = extended ?? parameters.values["filename"]
        contentType = type
    }

    /// `form-data; name="files"; filename="a \"b\".pdf"`: the first word and the parameters by their names.
    static func parameters(_ text: String) -> (kind: String, values: [String: String]) {
        var rest = text[...]
        let kind = rest.prefix { $0 != ";" }
        rest = rest.dropFirst(kind.count)
        var values: [String: String] = [:]
        while rest.first == ";" {
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(name.count)
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            let value = rest.first == "\"" ? quoted(&rest) : token(&rest)
            let key = name.trimmingCharacters(in: .whitespaces).lowercased()
            if values[key] == nil { values[key] = value }
            rest = rest.drop { $0 != ";" }
        }
        return (kind.trimmingCharacters(in: .whitespaces).lowercased(), values)
    }

    private static func token(_ rest: inout Substring) -> String {
        let token = rest.prefix { $0 != ";" }
        rest = rest.dropFirst(token.count)
        return token.trimmingCharacters(in: .whitespaces)
    }

    /// Old browsers put a backslash before nothing at all, so it counts only before a quote and before itself.
    private static func quoted(_ rest: inout Substring) -> String {
        var value = ""
        rest = rest.dropFirst()
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(character)
            }
        }
        return value.replacingOccurrences(of: "%22", with: "\"").replacingOccurrences(of: "%0D%0A", with: " ")
    }

    /// `UTF-8''a%20b.pdf`
    private static func extended(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return String(parts[2]).removingPercentEncoding
    }
}
