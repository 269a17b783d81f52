struct PositionalDecoder: Decoder {
    let source: MessageSource
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(PositionalFieldReader<Key>(source: source))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { PositionalItemReader(source: source) }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { PositionalValueReader(source: source) }
}

/// The standard `decodeIfPresent` asks `decodeNil` first, which reads the presence byte.
private struct PositionalFieldReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: MessageSource
    var codingPath: [any CodingKey] { [] }

    /// The case of an enum whose name comes next; the reader does not move.
    var allKeys: [Key] {
        var ahead = source.reader
        guard let name = try? ahead.read(String.self), let key = Key(stringValue: name) else { return [] }
        return [key]
    }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { !(try source.reader.read(Bool.self)) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try source.take(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        let name = try source.reader.read(String.self)
        guard name == key.stringValue else { throw MalformedMessage("\(name) stands where \(key.stringValue) should") }
        return KeyedDecodingContainer(PositionalFieldReader<Nested>(source: source))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        PositionalItemReader(source: source)
    }
    func superDecoder() throws -> any Decoder { PositionalDecoder(source: source) }
    func superDecoder(forKey key: Key) throws -> any Decoder { PositionalDecoder(source: source) }
}

private struct PositionalItemReader: UnkeyedDecodingContainer {
    let source: MessageSource
    private(set) var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    var isAtEnd: Bool { source.reader.isAtEnd }

    init(source: MessageSource) { self.source = source }

    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        currentIndex += 1
        return try source.take(type)
    }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { KeyedDecodingContainer(PositionalFieldReader<Nested>(source: source)) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        PositionalItemReader(source: source)
    }
    mutating func superDecoder() throws -> any Decoder { PositionalDecoder(source: source) }
}

private struct PositionalValueReader: SingleValueDecodingContainer {
    let source: MessageSource
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try source.take(type) }
}
