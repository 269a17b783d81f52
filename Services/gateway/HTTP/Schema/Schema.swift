/// The shape of a JSON value, as JSON Schema 2020-12 says it in OpenAPI 3.1.
package struct Schema: Sendable {
    /// The schema itself; named parts stand in it as `$ref`.
    package var json: JSONValue
    /// Schemas that `$ref`s point to, by name.
    package var components: [String: JSONValue]

    package init(_ json: JSONValue, components: [String: JSONValue] = [:]) {
        self.json = json
        self.components = components
    }

    /// A member of an object.
    package struct Field: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool
    }

    /// An object with these members; others may stand beside them.
    package static func object(_ fields: [Field], summary: String? = nil) -> Schema {
        var members: [JSONValue.Member] = [
            .init("type", "object"),
            .init("properties", .object(fields.map { .init($0.name, $0.schema.json) })),
        ]
        let required = fields.filter(\.isRequired).map { JSONValue.text($0.name) }
        if !required.isEmpty { members.append(.init("required", .array(required))) }
        if let summary { members.append(.init("description", .text(summary))) }
        return Schema(.object(members), components: merged(fields.map(\.schema)))
    }

    package static func array(of item: Schema) -> Schema {
        Schema(["type": "array", "items": item.json], components: item.components)
    }

    /// Puts the schema among the components and refers to it.
    package static func named(_ name: String, _ schema: Schema) -> Schema {
        var components = schema.components
        components[name] = schema.json
        return Schema(["$ref": .text("#/components/schemas/\(name)")], components: components)
    }

    package static func text(
        atMost maximum: Int? = nil, atLeast minimum: Int? = nil, format: String? = nil, example: String? = nil
    ) -> Schema {
        var schema = Schema(["type": "string"])
        if let minimum { schema.add("minLength", .integer(minimum)) }
        if let maximum { schema.add("maxLength", .integer(maximum)) }
        if let format { schema.add("format", .text(format)) }
        if let example { schema.add("example", .text(example)) }
        return schema
    }

    package static let uuid = text(format: "uuid", example: "550e8400-e29b-41d4-a716-446655440001")
    package static let timestamp = text(format: "date-time", example: "2025-12-26T10:30:00Z")
    package static let day = text(format: "date", example: "2025-12-26")
    package static let boolean = Schema(["type": "boolean"])

    package static func text(among values: [String], example: String? = nil) -> Schema {
        Schema([
            "type": "string", "enum": .array(values.map { .text($0) }), "example": .text(example ?? values.first ?? ""),
        ])
    }

    package static func integer(from minimum: Int? = nil, through maximum: Int? = nil, example: Int? = nil) -> Schema {
        var schema = Schema(["type": "integer"])
        if let minimum { schema.add("minimum", .integer(minimum)) }
        if let maximum { schema.add("maximum", .integer(maximum)) }
        if let example { schema.add("example", .integer(example)) }
        return schema
    }

    package static func number(from minimum: Int? = nil, through maximum: Int? = nil, example: Double? = nil) -> Schema
    {
        var schema = Schema(["type": "number"])
        if let minimum { schema.add("minimum", .integer(minimum)) }
        if let maximum { schema.add("maximum", .integer(maximum)) }
        if let example { schema.add("example", .number(example)) }
        return schema
    }

    /// The same, or null.
    package var orNull: Schema {
        guard let type = json["type"]?.textValue, case .object(let members) = json else {
            return Schema(["anyOf": [json, ["type": "null"]]], components: components)
        }
        return Schema(
            .object(members.map { $0.key == "type" ? .init("type", [.text(type), "null"]) : $0 }),
            components: components)
    }

    /// The same with what it is for.
    package func described(_ summary: String) -> Schema {
        var schema = self
        schema.add("description", .text(summary))
        return schema
    }

    /// The same with the value that is taken when it is absent.
    package func defaulting(to value: JSONValue) -> Schema {
        var schema = self
        schema.add("default", value)
        return schema
    }

    /// The same with an example of the whole.
    package func illustrated(by example: JSONValue) -> Schema {
        var schema = self
        schema.add("example", example)
        return schema
    }

    private mutating func add(_ key: String, _ value: JSONValue) {
        guard case .object(let members) = json else { return }
        json = .object(members + [.init(key, value)])
    }

    static func merged(_ schemas: [Schema]) -> [String: JSONValue] {
        schemas.reduce(into: [:]) { $0.merge($1.components) { first, _ in first } }
    }
}

extension Schema.Field {
    /// A member that is always there.
    package static func always(_ name: String, _ schema: Schema) -> Schema.Field {
        Schema.Field(name: name, schema: schema, isRequired: true)
    }

    /// A member that may be absent.
    package static func maybe(_ name: String, _ schema: Schema) -> Schema.Field {
        Schema.Field(name: name, schema: schema, isRequired: false)
    }
}
