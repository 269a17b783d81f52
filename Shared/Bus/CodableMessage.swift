import Foundation

// The binary form of a `Codable` type that does not write its own: fields in declaration order without names, as the
// synthesized `encode(to:)` gives them. Dictionaries and types that choose their keys at run time are refused.

extension BusMessage where Self: Encodable {
    package func write(to writer: inout MessageWriter) {
        let sink = MessageSink(writer)
        do {
            try encode(to: PositionalEncoder(sink: sink))
        } catch {
            preconditionFailure("\(Self.self) has no positional form: \(error)")
        }
        writer = sink.writer
    }
}

extension BusMessage where Self: Decodable {
    package init(from reader: inout MessageReader) throws {
        let source = MessageSource(reader)
        try self.init(from: PositionalDecoder(source: source))
        reader = source.reader
    }
}

private final class MessageSink {
    var writer: MessageWriter
    init(_ writer: MessageWriter) { self.writer = writer }
}

private final class MessageSource {
    var reader: MessageReader
    init(_ reader: MessageReader) { self.reader = reader }
}

private struct PositionalEncoder: Encoder {
    let sink: MessageSink
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(PositionalFields<Key>(sink: sink))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { PositionalItems(sink: sink) }

    func singleValueContainer() -> any SingleValueEncodingContainer { PositionalValue(sink: sink) }
}

extension MessageSink {
    func put<T: Encodable>(_ value: T) throws {
        switch value {
        case let value as Bool: writer.write(value)
        case let value as Int: writer.write(value)
        case let value as any FixedWidthInteger & Encodable: writer.write(Int64(value))
        case let value as Double: writer.write(value)
        case let value as String: writer.write(value)
        case let value as UUID: writer.write(value)
        case let value as [UInt8]: writer.write(value)
        case let value as any BusMessage: value.write(to: &writer)
        case let value as [any Encodable]:
            writer.write(UInt32(value.count))
            for item in value { try put(item) }
        case is [String: any Encodable], is Float:
            throw MalformedMessage("\(T.self) has no positional form")
        default: try value.encode(to: PositionalEncoder(sink: self))
        }
    }
}

private struct PositionalFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: MessageSink
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) { sink.writer.write(false) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try sink.put(value) }

    private func put<T: Encodable>(optional value: T?) throws {
        sink.writer.write(value != nil)
        if let value { try sink.put(value) }
    }

    mutating func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try put(optional: value) }
    mutating func encodeIfPresent(_ value: String?, forKey key: Key) throws { try put(optional: value) }
    mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try put(optional: value) }
    mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try put(optional: value) }
    mutating func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try put(optional: value) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { KeyedEncodingContainer(PositionalFields<Nested>(sink: sink)) }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { PositionalItems(sink: sink) }
    mutating func superEncoder() -> any Encoder { PositionalEncoder(sink: sink) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { PositionalEncoder(sink: sink) }
}

/// Fixed-size sequences only (an array goes through `put`): items without a count.
private struct PositionalItems: UnkeyedEncodingContainer {
    let sink: MessageSink
    var codingPath: [any CodingKey] { [] }
    private(set) var count = 0

    mutating func encodeNil() throws { throw MalformedMessage("a hole in an array has no positional form") }
    mutating func encode<T: Encodable>(_ value: T) throws {
        count += 1
        try sink.put(value)
    }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(PositionalFields<Nested>(sink: sink))
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { PositionalItems(sink: sink) }
    mutating func superEncoder() -> any Encoder { PositionalEncoder(sink: sink) }
    init(sink: MessageSink) { self.sink = sink }
}

private struct PositionalValue: SingleValueEncodingContainer {
    let sink: MessageSink
    var codingPath: [any CodingKey] { [] }
    mutating func encodeNil() throws { throw MalformedMessage("nil outside a field has no positional form") }
    mutating func encode<T: Encodable>(_ value: T) throws { try sink.put(value) }
}

private struct PositionalDecoder: Decoder {
    let source: MessageSource
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(PositionalFieldReader<Key>(source: source))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { PositionalItemReader(source: source) }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { PositionalValueReader(source: source) }
}

/// An array whose items a decoder can read without knowing their type beforehand.
private protocol PositionalArray {
    static func take(from source: MessageSource) throws -> Self
}

extension Array: PositionalArray where Element: Decodable {
    fileprivate static func take(from source: MessageSource) throws -> [Element] {
        let count = Int(try source.reader.read(UInt32.self))
        var items: [Element] = []
        items.reserveCapacity(Swift.min(count, source.reader.remaining))
        for _ in 0..<count { items.append(try source.take(Element.self)) }
        return items
    }
}

extension MessageSource {
    func take<T: Decodable>(_ type: T.Type) throws -> T {
        let value: Any
        switch type {
        case is Bool.Type: value = try reader.read(Bool.self)
        case is Int.Type: value = try reader.read(Int.self)
        case is Double.Type: value = try reader.read(Double.self)
        case is String.Type: value = try reader.read(String.self)
        case is UUID.Type: value = try reader.read(UUID.self)
        case is [UInt8].Type: value = try reader.read([UInt8].self)
        case let integer as any (FixedWidthInteger & Decodable).Type: value = try narrow(integer)
        case let message as any BusMessage.Type: value = try message.init(from: &reader)
        case let array as any PositionalArray.Type: value = try array.take(from: self)
        default: return try T(from: PositionalDecoder(source: self))
        }
        guard let typed = value as? T else { throw MalformedMessage("\(T.self) has no positional form") }
        return typed
    }

    private func narrow<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
        let wide = try reader.read(Int64.self)
        guard let value = I(exactly: wide) else { throw MalformedMessage("\(wide) is no \(I.self)") }
        return value
    }
}

private struct PositionalFieldReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: MessageSource
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { !(try source.reader.read(Bool.self)) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try source.take(type) }

    private func take<T: Decodable>(optional type: T.Type) throws -> T? {
        try source.reader.read(Bool.self) ? try source.take(type) : nil
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try take(optional: type) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try take(optional: type) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try take(optional: type) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try take(optional: type) }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? { try take(optional: type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { KeyedDecodingContainer(PositionalFieldReader<Nested>(source: source)) }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        PositionalItemReader(source: source)
    }
    func superDecoder() throws -> any Decoder { PositionalDecoder(source: source) }
    func superDecoder(forKey key: Key) throws -> any Decoder { PositionalDecoder(source: source) }
}

private struct PositionalItemReader: UnkeyedDecodingContainer {
    let source: MessageSource
    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    var isAtEnd: Bool { source.reader.isAtEnd }
    private(set) var currentIndex = 0

    init(source: MessageSource) { self.source = source }
    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        currentIndex += 1
        return try source.take(type)
    }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { KeyedDecodingContainer(PositionalFieldReader<Nested>(source: source)) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { PositionalItemReader(source: source) }
    mutating func superDecoder() throws -> any Decoder { PositionalDecoder(source: source) }
}

private struct PositionalValueReader: SingleValueDecodingContainer {
    let source: MessageSource
    var codingPath: [any CodingKey] { [] }
    func decodeNil() -> Bool { false }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try source.take(type) }
}
