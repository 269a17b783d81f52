/// An example of a schema, put together from the examples of its parts.
enum SchemaExample {
    static func of(_ schema: Schema) -> JSONValue {
        example(schema.json, schema.components, depth: 0)
    }

    private static func example(_ schema: JSONValue, _ components: [String: JSONValue], depth: Int) -> JSONValue {
        guard depth < 12 else { return .null }
        if let example = schema["example"] { return example }
        if let reference = schema["$ref"]?.textValue {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            return components[name].map { example($0, components, depth: depth + 1) } ?? .null
        }
        if let first = schema["anyOf"]?.items?.first { return example(first, components, depth: depth + 1) }
        if let value = schema["default"] { return value }
        switch schema["type"]?.textValue ?? schema["type"]?.items?.first?.textValue {
        case "object":
            let properties = schema["properties"]?.members ?? []
            return .object(properties.map { .init($0.key, example($0.value, components, depth: depth + 1)) })
        case "array":
            return schema["items"].map { [example($0, components, depth: depth + 1)] } ?? []
        case "string": return "text"
        case "integer": return schema["minimum"] ?? 0
        case "number": return schema["minimum"] ?? 0
        case "boolean": return true
        default: return .null
        }
    }
}
