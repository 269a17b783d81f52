import Foundation
import GatewayHTTP
import TestSupport

/// Bodies that are wrong in one place, made from the schema of what a route takes.
struct WrongBodies {
    /// What the schema says of one field.
    private struct Field {
        let name: String
        let types: Set<String>
        let maximum: Double?
        let minimum: Double?
        let longest: Int?
        let choices: Bool
    }

    /// A body that is right.
    let good: [String: JSON]
    private let fields: [Field]

    /// - Parameters:
    ///   - document: `openapi.json`.
    ///   - operation: such as `POST /api/clients`.
    init(_ document: JSON, _ operation: String, good: [String: JSON]) throws {
        let parts = operation.split(separator: " ")
        var schema = document["paths"][String(parts[1])][parts[0].lowercased()]["requestBody"]["content"][
            "application/json"]["schema"]
        func resolved(_ schema: JSON) -> JSON {
            guard let name = schema["$ref"].string?.split(separator: "/").last else { return schema }
            return document["components"]["schemas"][String(name)]
        }
        schema = resolved(schema)
        if schema["type"] == "array" { schema = resolved(schema["items"]) }
        guard let properties = schema["properties"].object, !properties.isEmpty else {
            throw APIFailure("\(operation) has no described body")
        }
        self.good = good
        fields = properties.map { name, property in
            let property = resolved(property)
            let types = property["type"].array?.compactMap(\.string) ?? [property["type"].string ?? ""]
            return Field(
                name: name, types: Set(types), maximum: property["maximum"].double, minimum: property["minimum"].double,
                longest: property["maxLength"].int, choices: property["enum"].array != nil)
        }.sorted { $0.name < $1.name }
    }

    /// Each body with the field that is wrong in it.
    var all: [(field: String, body: JSON)] {
        fields.flatMap { field in
            Self.wrongValues(field).map { (field.name, .object(good.merging([field.name: $0]) { $1 })) }
        }
    }

    private static func wrongValues(_ field: Field) -> [JSON] {
        var values: [JSON] = []
        if !field.types.contains("string") { values += ["text", ""] }
        if field.types.isDisjoint(with: ["number", "integer"]) { values += [0, 1.5, -1, .number(1e300)] }
        if !field.types.contains("boolean") { values += [true, false] }
        if !field.types.contains("array") { values += [[], [1], [[nil]]] }
        if !field.types.contains("object") { values += [[:], ["a": ["b": "c"]]] }
        if let maximum = field.maximum { values += [.number(maximum + 1), .number(1e300), .number(1e18)] }
        if let minimum = field.minimum { values += [.number(minimum - 1), .number(-1e300)] }
        if let longest = field.longest {
            values += [
                .string(String(repeating: "1", count: longest + 1)),
                .string(String(repeating: "é", count: longest + 1)),
            ]
        }
        if field.types.contains("string") { values += ["a\0b"] }
        if field.types.contains("array") { values += [[1], [nil], [[]], ["\0"]] }
        return values
    }
}
