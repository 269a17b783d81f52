import Bus
import Contracts
import Foundation

/// The query of a request's target, percent-decoded; the last of several values counts.
package struct Query: Sendable {
    private let items: [(name: String, value: String)]

    /// - Parameter text: what stands behind the `?`.
    package init(_ text: Substring?) {
        items = (text ?? "").split(separator: "&").prefix(64).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        let spaced = text.replacingOccurrences(of: "+", with: " ")
        return spaced.removingPercentEncoding ?? spaced
    }

    /// - Throws: `.inputInvalid` for a value that no text can hold.
    func check() throws {
        guard let item = items.first(where: { $0.value.holdsNUL }) else { return }
        throw Fault.invalid(item.name, "must not contain the character U+0000")
    }

    /// The same query, percent-encoded, with another value of this parameter.
    func with(_ name: String, _ value: String) -> String {
        let others = items.filter { $0.name != name && !$0.name.isEmpty }
        return (others + [(name, value)]).map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
            .joined(separator: "&")
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    /// Nil when it is absent or empty.
    package subscript(name: String) -> String? {
        guard let value = items.last(where: { $0.name == name })?.value, !value.isEmpty else { return nil }
        return value
    }

    /// A whole number of `minimum` or more; a larger one than `maximum` is taken as that.
    package func clamped(_ name: String, default fallback: Int, from minimum: Int, through maximum: Int) throws -> Int {
        guard let text = self[name] else { return fallback }
        guard let number = digits(text), number >= minimum else {
            throw Fault.invalid(name, "must be a whole number of at least \(minimum)")
        }
        return min(number, maximum)
    }

    /// A whole number within the range.
    package func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = self[name] else { return fallback }
        guard let number = digits(text), range.contains(number) else {
            throw Fault.invalid(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A phone number, whose `+` many senders forget to encode.
    package func phoneNumber(_ name: String) -> String? {
        self[name].map { $0.first == " " ? "+" + $0.dropFirst() : $0 }
    }

    package func cursor(_ name: String = "cursor") throws -> PageCursor? {
        guard let text = self[name] else { return nil }
        guard let cursor = PageCursor(text: text) else { throw Fault.invalid(name, "is not one that this API gave") }
        return cursor
    }

    /// One of the texts that the type has cases for, in any case of letters.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws -> Choice? {
        try self[name].map { try Choice.named($0, as: name) }
    }

    /// A UTC date as `2024-01-31`.
    package func day(_ name: String) throws -> CalendarDay? {
        guard let text = self[name] else { return nil }
        guard let day = CalendarDay(text: text) else { throw Fault.invalid(name, "must be a date such as 2024-01-31") }
        return day
    }

    /// The id of something; one that is no UUID is the id of nothing.
    package func id<Entity>(_ name: String, orElse missing: FaultCode) throws -> Identifier<Entity>? {
        guard let text = self[name] else { return nil }
        guard let id = Identifier<Entity>(text) else { throw Fault(missing, field: name) }
        return id
    }

    /// Nil for anything but digits; the largest number for too many of them.
    private func digits(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text) ?? .max
    }
}
