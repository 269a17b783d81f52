/// JSON text, kept as `jsonb`. PostgreSQL checks it and refuses what is not JSON as a bad value.
package struct SQLJSON: Hashable, Sendable {
    package var text: String

    package init(_ text: String) {
        self.text = text
    }

    /// UTF-8; what is not UTF-8 is replaced.
    package init(utf8 bytes: some Collection<UInt8>) {
        text = String(decoding: bytes, as: UTF8.self)
    }
}

extension SQLJSON: SQLScalar {
    package static var sqlType: SQLType { .jsonb }
    package static var sqlArrayType: SQLType { .jsonbArray }

    package func encode(into buffer: inout [UInt8]) throws(SQLValueFault) {
        buffer.append(1)
        try text.encode(into: &buffer)
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> SQLJSON {
        let bytes = try cell.bytes(as: .jsonb, .json, for: self)
        guard cell.type == SQLType.jsonb.oid else { return SQLJSON(utf8: bytes) }
        guard bytes.first == 1 else { throw SQLValueFault(message: "this version of jsonb cannot be read") }
        return SQLJSON(utf8: bytes.dropFirst())
    }
}
