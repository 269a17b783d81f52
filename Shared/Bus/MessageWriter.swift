import Foundation

/// Appends values to a message: integers little-endian, lengths as 32 bits, an optional behind one byte.
package struct MessageWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(reserving capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func write<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ value: Int) {
        write(Int64(value))
    }

    /// The count that stands before a text, bytes or a list: 32 bits, far beyond what fits a message.
    package mutating func write(count: Int) {
        write(UInt32(clamping: count))
    }

    package mutating func write(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    package mutating func write(_ value: Double) {
        write(value.bitPattern)
    }

    package mutating func write(_ value: String) {
        var value = value
        value.withUTF8 { text in
            write(count: text.count)
            bytes.append(contentsOf: text)
        }
    }

    package mutating func write(_ value: [UInt8]) {
        write(count: value.count)
        bytes.append(contentsOf: value)
    }

    package mutating func write(_ value: UUID) {
        withUnsafeBytes(of: value.uuid) { bytes.append(contentsOf: $0) }
    }

    package mutating func write<T: BusMessage>(_ value: T) {
        value.write(to: &self)
    }

    package mutating func write<T: BusMessage>(_ values: [T]) {
        write(count: values.count)
        for value in values { value.write(to: &self) }
    }

    /// One presence byte, then the value.
    package mutating func write<T>(optional value: T?, _ body: (inout MessageWriter, T) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    package mutating func write(optional value: String?) {
        write(optional: value) { $0.write($1) }
    }

    package mutating func write(optional value: Int?) {
        write(optional: value) { $0.write($1) }
    }

    package mutating func write(optional value: Bool?) {
        write(optional: value) { $0.write($1) }
    }

    package mutating func write(optional value: UUID?) {
        write(optional: value) { $0.write($1) }
    }

    package mutating func write<T: BusMessage>(optional value: T?) {
        write(optional: value) { $0.write($1) }
    }

    /// Bytes as they are, without a length; only as the last field.
    package mutating func append(rest: [UInt8]) {
        bytes.append(contentsOf: rest)
    }
}
