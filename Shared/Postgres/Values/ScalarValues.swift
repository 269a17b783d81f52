import Foundation

extension Bool: SQLScalar {
    package static var sqlType: SQLType { .bool }
    package static var sqlArrayType: SQLType { .boolArray }

    package func encode(into buffer: inout [UInt8]) {
        buffer.append(self ? 1 : 0)
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Bool {
        try cell.bytes(as: .bool, for: Self.self).integer(UInt8.self) != 0
    }
}

/// Reads smallint, integer or bigint.
private func decodeInteger<Integer: FixedWidthInteger>(
    _ cell: SQLCell, as wanted: Integer.Type
) throws(SQLValueFault) -> Integer {
    let bytes = try cell.bytes(as: .int8, .int4, .int2, for: wanted)
    let wide: Int64
    switch cell.type {
    case SQLType.int8.oid: wide = try bytes.integer(Int64.self)
    case SQLType.int4.oid: wide = Int64(try bytes.integer(Int32.self))
    default: wide = Int64(try bytes.integer(Int16.self))
    }
    guard let value = Integer(exactly: wide) else {
        throw SQLValueFault(message: "\(wide) does not fit into \(wanted)")
    }
    return value
}

extension Int16: SQLScalar {
    package static var sqlType: SQLType { .int2 }
    package static var sqlArrayType: SQLType { .int2Array }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(self) }
    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Int16 { try decodeInteger(cell, as: self) }
}

extension Int32: SQLScalar {
    package static var sqlType: SQLType { .int4 }
    package static var sqlArrayType: SQLType { .int4Array }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(self) }
    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Int32 { try decodeInteger(cell, as: self) }
}

extension Int64: SQLScalar {
    package static var sqlType: SQLType { .int8 }
    package static var sqlArrayType: SQLType { .int8Array }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(self) }
    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Int64 { try decodeInteger(cell, as: self) }
}

extension Int: SQLScalar {
    package static var sqlType: SQLType { .int8 }
    package static var sqlArrayType: SQLType { .int8Array }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(Int64(self)) }
    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Int { try decodeInteger(cell, as: self) }
}

extension Double: SQLScalar {
    package static var sqlType: SQLType { .float8 }
    package static var sqlArrayType: SQLType { .float8Array }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(bitPattern) }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Double {
        let bytes = try cell.bytes(as: .float8, .float4, for: self)
        if cell.type == SQLType.float8.oid { return Double(bitPattern: try bytes.integer(UInt64.self)) }
        return Double(Float(bitPattern: try bytes.integer(UInt32.self)))
    }
}

extension String: SQLScalar {
    package static var sqlType: SQLType { .text }
    package static var sqlArrayType: SQLType { .textArray }

    /// - Throws: a sentence when the text has a NUL byte, which PostgreSQL cannot store.
    package func encode(into buffer: inout [UInt8]) throws(SQLValueFault) {
        var text = self
        let hasNUL = text.withUTF8 { utf8 in
            guard let start = utf8.baseAddress, memchr(start, 0, utf8.count) == nil else { return !utf8.isEmpty }
            buffer.append(contentsOf: utf8)
            return false
        }
        if hasNUL { throw SQLValueFault(message: "the text holds a NUL character, which cannot be stored") }
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> String {
        guard let bytes = cell.bytes else { throw SQLValueFault(message: "NULL cannot be read as \(self)") }
        switch cell.type {
        // The numbers are "char", name, unknown and bpchar.
        case SQLType.text.oid, SQLType.varchar.oid, SQLType.json.oid, 18, 19, 705, 1042:
            return String(decoding: bytes, as: UTF8.self)
        default:
            // A binary form would come out as nonsense; an enumeration's binary form is its text.
            guard cell.type >= 16_384 else {
                throw SQLValueFault(message: "\(SQLType.name(of: cell.type)) cannot be read as \(self)")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension UUID: SQLScalar {
    package static var sqlType: SQLType { .uuid }
    package static var sqlArrayType: SQLType { .uuidArray }

    package func encode(into buffer: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { buffer.append(contentsOf: $0) }
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> UUID {
        let bytes = try cell.bytes(as: .uuid, for: self)
        guard bytes.count == MemoryLayout<uuid_t>.size else {
            throw SQLValueFault(message: "a uuid of \(bytes.count) bytes cannot be read")
        }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}
