extension Float: SQLScalar {
    package static var sqlType: SQLType { .float4 }
    package static var sqlArrayType: SQLType { .float4Array }
    package func encode(into buffer: inout [UInt8]) { buffer.appendBigEndian(bitPattern) }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Float {
        Float(bitPattern: try cell.bytes(as: .float4, for: self).integer(UInt32.self))
    }

    /// In one go, since such an array may be long and be read a thousand times for one question.
    package static func decodeArray(_ cell: SQLCell) throws(SQLValueFault) -> [Float] {
        let bytes = try cell.bytes(as: .float4Array, for: [Float].self)
        let dimensions = try bytes.integer(Int32.self)
        if dimensions == 0 { return [] }
        let count = Int(try bytes.integer(Int32.self, at: 12))
        // Each element has its size, always 4, in front of it; a NULL would have -1 and nothing.
        guard dimensions == 1, count >= 0, bytes.count == 20 + count * 8 else {
            throw SQLValueFault(message: "an array with NULL or of several dimensions cannot be read")
        }
        return [Float](unsafeUninitializedCapacity: count) { numbers, initialized in
            for index in 0..<count {
                let pattern = bytes.loadUnaligned(fromByteOffset: 24 + index * 8, as: UInt32.self)
                numbers.initializeElement(at: index, to: Float(bitPattern: UInt32(bigEndian: pattern)))
            }
            initialized = count
        }
    }
}
