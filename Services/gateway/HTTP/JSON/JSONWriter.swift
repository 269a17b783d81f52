import Bus
import Contracts
import Foundation
import Hummingbird

/// Something that an answer's body shows, and the schema that it keeps.
package protocol JSONShown: Sendable {
    /// What `write` writes, for the published description.
    static var schema: Schema { get }
    /// Writes the members of an object.
    func write(to json: inout JSONWriter)
}

/// Writes JSON straight into a buffer.
package struct JSONWriter {
    package private(set) var buffer: ByteBuffer
    private var needsComma = false

    package init(reserving capacity: Int = 512) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// One object: the body writes its members.
    package static func object(reserving capacity: Int = 512, _ body: (inout JSONWriter) -> Void) -> ByteBuffer {
        var json = JSONWriter(reserving: capacity)
        json.object(body)
        return json.buffer
    }

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        separate()
        buffer.writeInteger(UInt8(ascii: "{"))
        needsComma = false
        body(&self)
        buffer.writeInteger(UInt8(ascii: "}"))
        needsComma = true
    }

    package mutating func array<Items: Sequence>(_ items: Items, _ body: (inout JSONWriter, Items.Element) -> Void) {
        separate()
        buffer.writeInteger(UInt8(ascii: "["))
        needsComma = false
        for item in items { body(&self, item) }
        buffer.writeInteger(UInt8(ascii: "]"))
        needsComma = true
    }

    /// Writes a member's name; a value follows.
    package mutating func name(_ name: StaticString) {
        separate()
        buffer.writeInteger(UInt8(ascii: "\""))
        buffer.writeStaticString(name)
        buffer.writeInteger(UInt16(0x223A))
        needsComma = false
    }

    package mutating func null() {
        separate()
        buffer.writeStaticString("null")
        needsComma = true
    }

    package mutating func boolean(_ value: Bool) {
        separate()
        buffer.writeStaticString(value ? "true" : "false")
        needsComma = true
    }

    package mutating func integer(_ value: Int) {
        separate()
        buffer.writeString(String(value))
        needsComma = true
    }

    package mutating func text(_ value: String) {
        separate()
        buffer.writeInteger(UInt8(ascii: "\""))
        writeEscaped(value)
        buffer.writeInteger(UInt8(ascii: "\""))
        needsComma = true
    }

    /// `units` divided by a power of ten, without rounding and without trailing zeros: 45500 of 3 places is `45.5`.
    /// - Parameter keeping: how many places stay, even when they are zeros.
    package mutating func decimal(_ units: Int, places: Int, keeping: Int = 0) {
        separate()
        buffer.writeString(decimalText(units, places: places, keeping: keeping))
        needsComma = true
    }

    /// Lower-case, in quotes.
    package mutating func uuid(_ value: UUID) {
        separate()
        buffer.writeInteger(UInt8(ascii: "\""))
        buffer.writeUUID(value)
        buffer.writeInteger(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .boolean(let boolean): self.boolean(boolean)
        case .integer(let integer): self.integer(integer)
        case .number(let number):
            separate()
            buffer.writeString(number.description)
            needsComma = true
        case .text(let text): self.text(text)
        case .array(let items): array(items) { $0.value($1) }
        case .object(let members):
            object { json in
                for member in members {
                    json.text(member.key)
                    json.buffer.writeInteger(UInt8(ascii: ":"))
                    json.needsComma = false
                    json.value(member.value)
                }
            }
        }
    }

    private mutating func separate() {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
    }

    private mutating func writeEscaped(_ value: String) {
        var value = value
        value.withUTF8 { bytes in
            var start = 0
            for index in bytes.indices {
                let byte = bytes[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                buffer.writeBytes(bytes[start..<index])
                writeEscape(byte)
                start = index + 1
            }
            buffer.writeBytes(bytes[start...])
        }
    }

    private mutating func writeEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
        case 0x0A: buffer.writeStaticString("\\n")
        case 0x0D: buffer.writeStaticString("\\r")
        case 0x09: buffer.writeStaticString("\\t")
        default:
            buffer.writeStaticString("\\u00")
            buffer.writeHex(byte)
        }
    }
}

extension JSONValue {
    package var encoded: ByteBuffer {
        var json = JSONWriter()
        json.value(self)
        return json.buffer
    }
}

/// `units` divided by 10 to the power `places`, without trailing zeros but for `keeping` places.
package func decimalText(_ units: Int, places: Int, keeping: Int = 0) -> String {
    var digits = String(units.magnitude)
    if digits.utf8.count <= places { digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits }
    var fraction = digits.suffix(places)
    while fraction.utf8.count > keeping, fraction.last == "0" { fraction.removeLast() }
    let whole = digits.dropLast(places)
    return (units < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
}
