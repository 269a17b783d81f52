import Bus
import Contracts
import Foundation
import Hummingbird

/// A request's body that is an object with known fields.
package protocol JSONRead: Sendable {
    /// What `init` accepts, for the published description.
    static var schema: Schema { get }
    /// - Throws: a `Fault` that names the field and what is wrong with it.
    init(_ fields: JSONFields) throws
}

/// The members of a body, read by name and type. `null` is the same as absent; unknown members are ignored.
package struct JSONFields: Sendable {
    private let members: [JSONValue.Member]
    /// Where in the body they stand, with a point at its end; empty for the body itself.
    private let path: String

    package init(_ members: [JSONValue.Member], at path: String = "") {
        self.members = members
        self.path = path
    }

    /// - Throws: `.inputMalformed` for what is no JSON, `.inputInvalid` for JSON that is no object.
    package init(_ buffer: ByteBuffer) throws {
        let value: JSONValue
        do {
            value = try JSONParser.parse(buffer)
        } catch let problem as JSONProblem {
            throw Fault(.inputMalformed, problem.message)
        }
        guard case .object(let members) = value else { throw Fault(.inputInvalid, "The body must be a JSON object") }
        self.members = members
        path = ""
    }

    private func invalid(_ name: String, _ problem: String) -> Fault {
        Fault.invalid(path + name, problem)
    }

    /// Nil when the member is absent or null.
    package subscript(name: String) -> JSONValue? {
        guard let value = members.last(where: { $0.key == name })?.value, value != .null else { return nil }
        return value
    }

    /// Whether the member is there and null.
    package func isNull(_ name: String) -> Bool {
        members.last { $0.key == name }?.value == .null
    }

    /// A text without U+0000 of at most so many Unicode characters.
    package func text(_ name: String, atMost limit: Int) throws -> String? {
        guard let text = try anyText(name) else { return nil }
        guard text.utf8.count <= limit || text.unicodeScalars.count <= limit else {
            throw invalid(name, "must have at most \(limit) characters")
        }
        return text
    }

    /// Such a text, which must be there and not blank.
    package func required(_ name: String, atMost limit: Int) throws -> String {
        guard let text = try text(name, atMost: limit), !text.allSatisfy(\.isWhitespace) else {
            throw Fault.invalid(name, "is required")
        }
        return text
    }

    /// A text without U+0000 of at most so many bytes in UTF-8.
    package func text(_ name: String, atMostBytes limit: Int) throws -> String? {
        guard let text = try anyText(name) else { return nil }
        guard text.utf8.count <= limit else { throw invalid(name, "must have at most \(limit) bytes") }
        return text
    }

    private func anyText(_ name: String) throws -> String? {
        guard let value = self[name] else { return nil }
        guard case .text(let text) = value else { throw invalid(name, "must be a text") }
        guard !text.holdsNUL else { throw invalid(name, "must not contain the character U+0000") }
        return text
    }

    package func boolean(_ name: String) throws -> Bool? {
        guard let value = self[name] else { return nil }
        guard case .boolean(let boolean) = value else { throw invalid(name, "must be true or false") }
        return boolean
    }

    /// A number within the range, for example of seconds, as an integer of `1 / scale` of it, rounded.
    package func scaled(_ name: String, by scale: Double, in range: ClosedRange<Double>) throws -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.numberValue else { throw invalid(name, "must be a number") }
        guard range.contains(number), let scaled = Int(exactly: (number * scale).rounded()) else {
            let bound =
                number < range.lowerBound ? "at least \(plain(range.lowerBound))" : "at most \(plain(range.upperBound))"
            throw invalid(name, "must be \(bound)")
        }
        return scaled
    }

    /// A whole number within the range.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let value = self[name] else { return nil }
        guard let integer = value.integerValue ?? value.numberValue.flatMap({ Int(exactly: $0) }) else {
            throw invalid(name, "must be a whole number")
        }
        guard range.contains(integer) else {
            throw invalid(name, "must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    /// The id of something that must exist: a text that is no UUID is the id of nothing.
    package func id<Entity>(_ name: String, orElse missing: FaultCode) throws -> Identifier<Entity>? {
        guard let value = self[name] else { return nil }
        guard let text = value.textValue, let id = Identifier<Entity>(text) else {
            throw Fault(missing, field: path + name)
        }
        return id
    }

    package func texts(_ name: String, atMost limit: Int) throws -> [String]? {
        guard let value = self[name] else { return nil }
        guard let items = value.items, items.count <= limit else {
            throw invalid(name, "must be an array of at most \(limit) texts")
        }
        return try items.map { item in
            guard let text = item.textValue else { throw invalid(name, "must be an array of texts") }
            return text
        }
    }

    /// The members of an object in the body.
    package func nested(_ name: String) throws -> JSONFields? {
        guard let value = self[name] else { return nil }
        guard case .object(let members) = value else { throw invalid(name, "must be an object") }
        return JSONFields(members, at: "\(path)\(name).")
    }

    /// One of the texts that the type has cases for, in any case of letters.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws -> Choice? {
        guard let text = try text(name, atMost: 100) else { return nil }
        return try Choice.named(text, as: path + name)
    }

    /// An RFC 3339 date and time.
    package func moment(_ name: String) throws -> Timestamp? {
        guard let text = try text(name, atMost: 64) else { return nil }
        guard let moment = Timestamp(text: text) else { throw invalid(name, "must be an RFC 3339 date and time") }
        return moment
    }

    private func plain(_ number: Double) -> String {
        Int(exactly: number).map { String($0) } ?? "\(number)"
    }
}

extension RawRepresentable<String> where Self: CaseIterable {
    /// - Throws: `.inputInvalid` naming the field and what it may be.
    static func named(_ text: String, as field: String) throws -> Self {
        guard let choice = Self(rawValue: text.lowercased()) else {
            throw Fault.invalid(field, "must be one of \(allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}

extension Fault {
    /// What is wrong with a field: `duration_seconds must be a number`.
    package static func invalid(_ field: String, _ problem: String) -> Fault {
        Fault(.inputInvalid, "\(field) \(problem)", field: field)
    }
}
