/// A value that crosses the bus in a compact binary form.
///
/// Frequent messages write their fields by hand; the others are `Codable` and get a positional form derived from that.
/// The form has no field names: a change of shape is a new version of the subject.
package protocol BusMessage: Sendable {
    init(from reader: inout MessageReader) throws
    func write(to writer: inout MessageWriter)
}

extension BusMessage {
    package func encoded() -> [UInt8] {
        var writer = MessageWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// - Throws: `MalformedMessage` when bytes are missing, left over or make no such value.
    package static func decoded(from bytes: [UInt8]) throws -> Self {
        var reader = MessageReader(bytes)
        let value = try Self(from: &reader)
        guard reader.isAtEnd else { throw MalformedMessage("\(reader.remaining) bytes left over after \(Self.self)") }
        return value
    }
}

/// Bytes that are not the message that they should be.
package struct MalformedMessage: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
