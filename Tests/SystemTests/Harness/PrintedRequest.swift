import Foundation
import TestSupport

/// A request as a document prints it: a line with method and path, headers, an empty line, a body.
struct PrintedRequest {
    let method: String
    let path: String
    let headers: [String: String]
    let body: [UInt8]?

    /// - Parameter values: what stands in place of `<token>`, `<client_id>` and so on.
    init(_ text: String, _ values: [String: String] = [:]) throws {
        let filled = values.reduce(text) { $0.replacingOccurrences(of: "<\($1.key)>", with: $1.value) }
        let parts = filled.components(separatedBy: "\n\n")
        let lines = parts[0].split(separator: "\n")
        let first = lines[0].split(separator: " ")
        guard first.count == 2 else { throw APIFailure("no request line: \(lines[0])") }
        (method, path) = (String(first[0]), String(first[1]))
        headers = Dictionary(
            lines.dropFirst().map { line in
                let pair = line.split(separator: ":", maxSplits: 1)
                return (String(pair[0]), pair[1].trimmingCharacters(in: .whitespaces))
            }
        ) { $1 }
        body = parts.count > 1 ? Array(parts.dropFirst().joined(separator: "\n\n").utf8) : nil
    }

    func send(_ api: APIClient) async throws -> APIAnswer {
        try await api.send(method, path, headers: headers, body: body)
    }
}

extension JSON {
    /// Reads JSON as a document prints it.
    init(printed text: String) throws {
        self = try JSON(bytes: text.utf8)
    }
}
