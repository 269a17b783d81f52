import Contracts
import Foundation

/// Whether a value is what a schema says; for tests of real answers. Members that the schema does not know are problems.
package struct SchemaCheck {
    private let components: [String: JSONValue]
    private var problems: [String] = []

    private init(_ components: [String: JSONValue]) {
        self.components = components
    }

    /// A sentence for each place where they differ.
    package static func problems(
        of value: JSONValue, against schema: JSONValue, components: [String: JSONValue] = [:]
    ) -> [String] {
        var check = SchemaCheck(components)
        check.check(value, schema, at: "$")
        return check.problems
    }

    package static func problems(of value: JSONValue, against schema: Schema) -> [String] {
        problems(of: value, against: schema.json, components: schema.components)
    }

    private mutating func check(_ value: JSONValue, _ schema: JSONValue, at place: String) {
        if let reference = schema["$ref"]?.textValue {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            guard let target = components[name] else { return add(place, "refers to \(reference), which is missing") }
            return check(value, target, at: place)
        }
        if let choices = schema["anyOf"]?.items {
            let fits = choices.contains { Self.problems(of: value, against: $0, components: components).isEmpty }
            return fits ? () : add(place, "fits none of the choices")
        }
        guard checkType(value, schema, at: place) else { return }
        if let values = schema["enum"]?.items, !values.contains(value) {
            add(place, "is none of the listed values")
        }
        checkBounds(value, schema, at: place)
        checkText(value, schema, at: place)
        if let items = value.items, let item = schema["items"] {
            for (index, element) in items.enumerated() { check(element, item, at: "\(place)[\(index)]") }
        }
        if let members = value.members { checkMembers(members, schema, at: place) }
    }

    private mutating func checkType(_ value: JSONValue, _ schema: JSONValue, at place: String) -> Bool {
        guard let type = schema["type"] else { return true }
        let names = type.items?.compactMap(\.textValue) ?? [type.textValue ?? ""]
        let fits = names.contains { name in
            switch (name, value) {
            case ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .integer),
                ("number", .number),
                ("string", .text), ("array", .array), ("object", .object):
                true
            default: false
            }
        }
        if !fits { add(place, "is no \(names.joined(separator: " or "))") }
        return fits && value != .null
    }

    private mutating func checkBounds(_ value: JSONValue, _ schema: JSONValue, at place: String) {
        guard let number = value.numberValue else { return }
        if let minimum = schema["minimum"]?.numberValue, number < minimum { add(place, "is below \(minimum)") }
        if let maximum = schema["maximum"]?.numberValue, number > maximum { add(place, "is above \(maximum)") }
    }

    private mutating func checkText(_ value: JSONValue, _ schema: JSONValue, at place: String) {
        guard let text = value.textValue else { return }
        let count = text.unicodeScalars.count
        if let minimum = schema["minLength"]?.integerValue, count < minimum { add(place, "is too short") }
        if let maximum = schema["maxLength"]?.integerValue, count > maximum { add(place, "is too long") }
        switch schema["format"]?.textValue {
        case "uuid":
            if UUID(uuidString: text) == nil || text != text.lowercased() { add(place, "is no lower-case UUID") }
        case "date-time":
            if Timestamp(text: text) == nil || !text.hasSuffix("Z") { add(place, "is no moment in UTC") }
        case "date":
            if CalendarDay(text: text) == nil { add(place, "is no date") }
        default: break
        }
    }

    private mutating func checkMembers(_ members: [JSONValue.Member], _ schema: JSONValue, at place: String) {
        let properties = schema["properties"]
        for name in schema["required"]?.items?.compactMap(\.textValue) ?? []
        where !members.contains(where: { $0.key == name }) {
            add(place, "lacks \(name)")
        }
        guard let properties else { return }
        for member in members {
            guard let property = properties[member.key] else {
                add(place, "has \(member.key), which the schema does not know")
                continue
            }
            check(member.value, property, at: "\(place).\(member.key)")
        }
    }

    private mutating func add(_ place: String, _ problem: String) {
        problems.append("\(place) \(problem)")
    }
}
