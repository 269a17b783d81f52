import Hummingbird

/// Why bytes are no JSON that is accepted here; a sentence for the API's user.
package struct JSONProblem: Error, Equatable {
    package let message: String

    package init(message: String) {
        self.message = message
    }
}

/// Reads JSON strictly (RFC 8259): UTF-8, no lone surrogates, nothing behind the value, at most 64 levels.
package struct JSONParser {
    /// How deep arrays and objects may be nested.
    package static let depthLimit = 64

    let bytes: UnsafeRawBufferPointer
    var offset = 0
    private var depth = 0
    /// The member that is being read, for messages.
    var key = ""

    private init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// - Throws: `JSONProblem`.
    package static func parse(_ buffer: ByteBuffer) throws -> JSONValue {
        try buffer.withUnsafeReadableBytes { bytes in
            var parser = JSONParser(bytes)
            let value = try parser.value()
            try parser.finish()
            return value
        }
    }

    /// Reads an array item by item, so that only one is in memory at a time; `body` may throw to stop.
    /// - Throws: `JSONProblem`, also when it is no array, and whatever `body` throws.
    package static func parseItems(_ buffer: ByteBuffer, _ body: (JSONValue) throws -> Void) throws {
        try buffer.withUnsafeReadableBytes { bytes in
            var parser = JSONParser(bytes)
            parser.skipSpace()
            guard parser.take("[") else { throw JSONProblem(message: "The body must be an array") }
            parser.depth = 1
            parser.skipSpace()
            if !parser.take("]") {
                repeat {
                    try body(try parser.value())
                    parser.skipSpace()
                } while parser.take(",")
                guard parser.take("]") else { throw parser.problem() }
            }
            try parser.finish()
        }
    }

    private mutating func finish() throws {
        skipSpace()
        guard offset == bytes.count else { throw problem("there is something behind the value") }
    }

    func problem(_ reason: String? = nil) -> JSONProblem {
        if let reason { return JSONProblem(message: "The body is not valid JSON: \(reason)") }
        if bytes.isEmpty { return JSONProblem(message: "The body is empty; it must be a JSON object") }
        return JSONProblem(
            message: offset >= bytes.count
                ? "The body is not valid JSON: it ends too early" : "The body is not valid JSON at byte \(offset + 1)")
    }

    mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func value() throws -> JSONValue {
        skipSpace()
        guard offset < bytes.count else { throw problem() }
        switch bytes[offset] {
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
        guard bytes.count - offset >= word.utf8CodeUnitCount else { throw problem() }
        for index in 0..<word.utf8CodeUnitCount where bytes[offset + index] != word.utf8Start[index] {
            throw problem()
        }
        offset += word.utf8CodeUnitCount
        return value
    }

    private mutating func descend() throws {
        depth += 1
        guard depth <= Self.depthLimit else {
            throw JSONProblem(message: "The body is nested deeper than \(Self.depthLimit) levels")
        }
    }

    private mutating func object() throws -> JSONValue {
        try descend()
        offset += 1
        var members: [JSONValue.Member] = []
        members.reserveCapacity(16)
        skipSpace()
        if take("}") {
            depth -= 1
            return .object(members)
        }
        repeat {
            skipSpace()
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw problem() }
            let name = try text()
            key = name
            skipSpace()
            guard take(":") else { throw problem() }
            members.append(JSONValue.Member(name, try value()))
            skipSpace()
        } while take(",")
        guard take("}") else { throw problem() }
        depth -= 1
        return .object(members)
    }

    private mutating func array() throws -> JSONValue {
        try descend()
        offset += 1
        var items: [JSONValue] = []
        skipSpace()
        if take("]") {
            depth -= 1
            return .array(items)
        }
        repeat {
            items.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw problem() }
        depth -= 1
        return .array(items)
    }
}
