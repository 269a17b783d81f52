struct PositionalEncoder: Encoder {
    let sink: MessageSink
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(PositionalFields<Key>(sink: sink))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { PositionalItems(sink: sink) }

    func singleValueContainer() -> any SingleValueEncodingContainer { PositionalValue(sink: sink) }
}

private struct PositionalFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: MessageSink
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) { sink.writer.write(false) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try sink.put(value) }

    // One for each type that has its own in the protocol: the standard ones write nothing for nil.
    mutating func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: String?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try sink.put(optional: value) }
    mutating func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try sink.put(optional: value) }

    /// The values of an enum's case: they stand behind its name.
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        sink.writer.write(key.stringValue)
        return KeyedEncodingContainer(PositionalFields<Nested>(sink: sink))
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        PositionalItems(sink: sink)
    }
    mutating func superEncoder() -> any Encoder { PositionalEncoder(sink: sink) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { PositionalEncoder(sink: sink) }
}

/// Items without a count, for types that read as many as they wrote.
private struct PositionalItems: UnkeyedEncodingContainer {
    let sink: MessageSink
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(sink: MessageSink) { self.sink = sink }

    mutating func encodeNil() throws { throw MalformedMessage("a hole in a list has no positional form") }
    mutating func encode<T: Encodable>(_ value: T) throws {
        count += 1
        try sink.put(value)
    }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(PositionalFields<Nested>(sink: sink))
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { PositionalItems(sink: sink) }
    mutating func superEncoder() -> any Encoder { PositionalEncoder(sink: sink) }
}

private struct PositionalValue: SingleValueEncodingContainer {
    let sink: MessageSink
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() throws { throw MalformedMessage("nil outside a field has no positional form") }
    mutating func encode<T: Encodable>(_ value: T) throws { try sink.put(value) }
}
