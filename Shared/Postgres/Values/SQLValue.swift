/// A value that travels to and from PostgreSQL in binary form.
package protocol SQLValue: Sendable {
    static var sqlType: SQLType { get }
    /// True for an optional without a value; `encode` is not called then.
    var isNull: Bool { get }
    /// Appends the value without its length.
    func encode(into buffer: inout [UInt8]) throws(SQLValueFault)
    static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Self
}

extension SQLValue {
    package var isNull: Bool { false }
}

/// What an array bound to a statement may consist of.
package protocol SQLElement: Sendable {
    static var sqlArrayType: SQLType { get }
    static func encodeArray(_ elements: [Self], into buffer: inout [UInt8]) throws(SQLValueFault)
    static func decodeArray(_ cell: SQLCell) throws(SQLValueFault) -> [Self]
}

/// A value that is also allowed in arrays.
package protocol SQLScalar: SQLValue, SQLElement {}

/// A sentence about a value that cannot be sent or read.
package struct SQLValueFault: Error {
    package var message: String

    package init(message: String) {
        self.message = message
    }
}

/// A column type by PostgreSQL's object identifier.
package struct SQLType: Hashable, Sendable {
    package let oid: UInt32
    let name: String

    package static func == (left: SQLType, right: SQLType) -> Bool { left.oid == right.oid }
    package func hash(into hasher: inout Hasher) { hasher.combine(oid) }

    static let bool = SQLType(oid: 16, name: "boolean")
    static let bytea = SQLType(oid: 17, name: "bytea")
    static let int8 = SQLType(oid: 20, name: "bigint")
    static let int2 = SQLType(oid: 21, name: "smallint")
    static let int4 = SQLType(oid: 23, name: "integer")
    static let text = SQLType(oid: 25, name: "text")
    static let json = SQLType(oid: 114, name: "json")
    static let float4 = SQLType(oid: 700, name: "real")
    static let float8 = SQLType(oid: 701, name: "double precision")
    static let varchar = SQLType(oid: 1043, name: "varchar")
    static let date = SQLType(oid: 1082, name: "date")
    static let timestamptz = SQLType(oid: 1184, name: "timestamptz")
    static let numeric = SQLType(oid: 1700, name: "numeric")
    static let uuid = SQLType(oid: 2950, name: "uuid")
    static let jsonb = SQLType(oid: 3802, name: "jsonb")

    static let boolArray = SQLType(oid: 1000, name: "boolean[]")
    static let byteaArray = SQLType(oid: 1001, name: "bytea[]")
    static let int2Array = SQLType(oid: 1005, name: "smallint[]")
    static let int4Array = SQLType(oid: 1007, name: "integer[]")
    static let textArray = SQLType(oid: 1009, name: "text[]")
    static let int8Array = SQLType(oid: 1016, name: "bigint[]")
    static let float4Array = SQLType(oid: 1021, name: "real[]")
    static let float8Array = SQLType(oid: 1022, name: "double precision[]")
    static let dateArray = SQLType(oid: 1182, name: "date[]")
    static let timestamptzArray = SQLType(oid: 1185, name: "timestamptz[]")
    static let uuidArray = SQLType(oid: 2951, name: "uuid[]")
    static let jsonbArray = SQLType(oid: 3807, name: "jsonb[]")

    private static let named: [UInt32: String] = Dictionary(
        uniqueKeysWithValues: [
            bool, bytea, int8, int2, int4, text, json, float4, float8, varchar, date, timestamptz, numeric, uuid, jsonb,
            boolArray, byteaArray, int2Array, int4Array, textArray, int8Array, float4Array, float8Array,
            dateArray, timestamptzArray, uuidArray, jsonbArray,
        ].map { ($0.oid, $0.name) })

    static func name(of oid: UInt32) -> String {
        named[oid] ?? "the type with oid \(oid)"
    }
}

/// One field of a row, valid while its row is.
package struct SQLCell {
    package let type: UInt32
    /// Nil for NULL.
    package let bytes: UnsafeRawBufferPointer?

    /// The bytes of a value that is not NULL and has one of these types.
    func bytes(as types: SQLType..., for wanted: Any.Type) throws(SQLValueFault) -> UnsafeRawBufferPointer {
        guard let bytes else { throw SQLValueFault(message: "NULL cannot be read as \(wanted)") }
        guard types.contains(where: { $0.oid == type }) else {
            throw SQLValueFault(message: "\(SQLType.name(of: type)) cannot be read as \(wanted)")
        }
        return bytes
    }
}

extension UnsafeRawBufferPointer {
    /// The big-endian integer at an offset.
    func integer<Integer: FixedWidthInteger>(_: Integer.Type, at offset: Int = 0) throws(SQLValueFault) -> Integer {
        guard offset >= 0, count - offset >= MemoryLayout<Integer>.size else {
            throw SQLValueFault(message: "the value has \(count) bytes, too few for \(Integer.self)")
        }
        return Integer(bigEndian: loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
