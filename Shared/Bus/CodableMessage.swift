import Foundation

// The binary form of a `Codable` type that does not write its own: its fields in the order in which the synthesized
// `encode(to:)` gives them, without names. An optional stands behind a presence byte, a list behind its count, a case
// with values behind its name. A type that chooses its keys at run time has no such form.

extension BusMessage where Self: Encodable {
    package func write(to writer: inout MessageWriter) {
        let sink = MessageSink()
        // Swapped and not copied: what was written so far stays the only copy.
        swap(&sink.writer, &writer)
        do {
            try encode(to: PositionalEncoder(sink: sink))
        } catch {
            preconditionFailure("\(Self.self) has no positional form: \(error)")
        }
        swap(&sink.writer, &writer)
    }
}

extension BusMessage where Self: Decodable {
    package init(from reader: inout MessageReader) throws {
        let source = MessageSource(reader)
        do {
            try self.init(from: PositionalDecoder(source: source))
        } catch let error as MalformedMessage {
            throw error
        } catch {
            throw MalformedMessage("no \(Self.self): \(error)")
        }
        reader = source.reader
    }
}

/// Where the containers of an encoder write to.
final class MessageSink {
    var writer = MessageWriter(reserving: 0)

    /// The type is compared before the value is cast: a cast would see through an optional, and costs more.
    func put<T: Encodable>(_ value: T) throws {
        if T.self == String.self, let value = value as? String { return writer.write(value) }
        if T.self == Int.self, let value = value as? Int { return writer.write(value) }
        if T.self == Bool.self, let value = value as? Bool { return writer.write(value) }
        if T.self == UUID.self, let value = value as? UUID { return writer.write(value) }
        if T.self is any PositionalCollection.Type { return try put(collection: value) }
        switch value {
        case let value as Double: writer.write(value)
        case let value as Float: writer.write(value.bitPattern)
        case let value as any FixedWidthInteger & Encodable: try put(integer: value)
        case let value as Data: writer.write([UInt8](value))
        case let value as URL: writer.write(value.absoluteString)
        case let value as any BusMessage: value.write(to: &writer)
        default: try value.encode(to: PositionalEncoder(sink: self))
        }
    }

    private func put(collection value: some Encodable) throws {
        guard let value = value as? any PositionalCollection else { return }
        try value.put(into: self)
    }

    /// Every integer takes eight bytes; the bits of an unsigned one are kept.
    private func put(integer value: some FixedWidthInteger) throws {
        guard value.bitWidth <= 64 else { throw MalformedMessage("\(type(of: value)) has no positional form") }
        writer.write(Int64(truncatingIfNeeded: value))
    }

    func put<T: Encodable>(optional value: T?) throws {
        writer.write(value != nil)
        if let value { try put(value) }
    }
}

/// Where the containers of a decoder read from.
final class MessageSource {
    var reader: MessageReader

    init(_ reader: MessageReader) {
        self.reader = reader
    }

    func take<T: Decodable>(_ type: T.Type) throws -> T {
        let value: Any
        switch type {
        case is String.Type: value = try reader.read(String.self)
        case is Int.Type: value = try reader.read(Int.self)
        case is Bool.Type: value = try reader.read(Bool.self)
        case is UUID.Type: value = try reader.read(UUID.self)
        case let collection as any PositionalCollection.Type: value = try collection.take(from: self)
        case is Double.Type: value = try reader.read(Double.self)
        case is Float.Type: value = Float(bitPattern: try reader.read(UInt32.self))
        case let integer as any (FixedWidthInteger & Decodable).Type: value = try take(integer: integer)
        case is Data.Type: value = Data(try reader.read([UInt8].self))
        case is URL.Type: value = try takeURL()
        case let message as any BusMessage.Type: value = try reader.readNested { try message.init(from: &$0) }
        default: return try takeNested(type)
        }
        guard let typed = value as? T else { throw MalformedMessage("\(T.self) has no positional form") }
        return typed
    }

    private func takeURL() throws -> URL {
        let text = try reader.read(String.self)
        guard let url = URL(string: text) else { throw MalformedMessage("text is no URL") }
        return url
    }

    private func takeNested<T: Decodable>(_ type: T.Type) throws -> T {
        try reader.descend()
        defer { reader.ascend() }
        return try T(from: PositionalDecoder(source: self))
    }

    private func take<I: FixedWidthInteger>(integer type: I.Type) throws -> I {
        let wide = try reader.read(Int64.self)
        let value = I(truncatingIfNeeded: wide)
        guard Int64(truncatingIfNeeded: value) == wide, I.isSigned || I.bitWidth == 64 || wide >= 0 else {
            throw MalformedMessage("\(wide) is no \(I.self)")
        }
        return value
    }
}
