/// A published description, to hold real answers against.
package struct PublishedDescription: Sendable {
    private let document: JSONValue

    /// - Parameter document: what `openapi.json` answered.
    package init(_ document: JSONValue) {
        self.document = document
    }

    /// `GET /api/clients/{id}` and so on, in the document's order.
    package var operations: [String] {
        (document["paths"]?.members ?? []).flatMap { path in
            (path.value.members ?? []).map { "\($0.key.uppercased()) \(path.key)" }
        }
    }

    /// How an answer differs from what is described; nothing when it does not.
    /// - Parameters:
    ///   - path: as it was asked for, without the query.
    ///   - body: nil for an answer that is no JSON.
    package func problems(method: String, path: String, status: Int, body: JSONValue?) -> [String] {
        guard let item = item(of: path) else { return ["\(path) is not described"] }
        guard let operation = item[method.lowercased()] else { return ["\(method) \(path) is not described"] }
        let responses = operation["responses"]
        guard let stated = responses?[String(status)] ?? (status >= 400 ? responses?["default"] : nil) else {
            return ["\(method) \(path) does not answer \(status) by its description"]
        }
        let name = stated["$ref"]?.textValue?.split(separator: "/").last.map(String.init)
        let response = name.flatMap { document["components"]?["responses"]?[$0] } ?? stated
        guard let schema = response["content"]?["application/json"]?["schema"] else {
            return body == nil ? [] : ["\(method) \(path) answers \(status) with JSON, which is not described"]
        }
        guard let body else { return ["\(method) \(path) answers \(status) without the JSON that is described"] }
        let schemas = document["components"]?["schemas"]?.members ?? []
        let components = Dictionary(schemas.map { ($0.key, $0.value) }) { first, _ in first }
        return SchemaCheck.problems(of: body, against: schema, components: components)
            .map { "\(method) \(path) \(status): \($0)" }
    }

    private func item(of path: String) -> JSONValue? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let paths = document["paths"]?.members ?? []
        if let exact = paths.first(where: { $0.key == path }) { return exact.value }
        return paths.first { candidate in
            let template = candidate.key.split(separator: "/", omittingEmptySubsequences: false)
            return template.count == segments.count
                && zip(template, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }?.value
    }
}
