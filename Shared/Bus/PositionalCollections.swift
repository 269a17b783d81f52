/// A type that holds others, whose form is not that of its `encode(to:)`: that one gives no counts.
protocol PositionalCollection {
    func put(into sink: MessageSink) throws
    static func take(from source: MessageSource) throws -> Self
}

extension Optional: PositionalCollection where Wrapped: Codable {
    func put(into sink: MessageSink) throws { try sink.put(optional: self) }

    static func take(from source: MessageSource) throws -> Wrapped? {
        try source.reader.read(Bool.self) ? try source.take(Wrapped.self) : nil
    }
}

extension Array: PositionalCollection where Element: Codable {
    func put(into sink: MessageSink) throws {
        if let bytes = self as? [UInt8] { return sink.writer.write(bytes) }
        sink.writer.write(count: count)
        for item in self { try sink.put(item) }
    }

    static func take(from source: MessageSource) throws -> [Element] {
        if Element.self is UInt8.Type, let bytes = try source.reader.read([UInt8].self) as? [Element] { return bytes }
        let count = try source.reader.readCount()
        var items: [Element] = []
        items.reserveCapacity(Swift.min(count, MessageReader.reservedItems))
        for _ in 0..<count { items.append(try source.take(Element.self)) }
        return items
    }
}

extension Set: PositionalCollection where Element: Codable {
    func put(into sink: MessageSink) throws { try Array(self).put(into: sink) }

    static func take(from source: MessageSource) throws -> Set<Element> {
        Set(try [Element].take(from: source))
    }
}

extension Dictionary: PositionalCollection where Key: Codable, Value: Codable {
    func put(into sink: MessageSink) throws {
        sink.writer.write(count: count)
        for (key, value) in self {
            try sink.put(key)
            try sink.put(value)
        }
    }

    static func take(from source: MessageSource) throws -> [Key: Value] {
        let count = try source.reader.readCount()
        var entries: [Key: Value] = [:]
        for _ in 0..<count {
            let key = try source.take(Key.self)
            guard entries.updateValue(try source.take(Value.self), forKey: key) == nil else {
                throw MalformedMessage("a key stands twice")
            }
        }
        return entries
    }
}
