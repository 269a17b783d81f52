extension Optional: SQLValue where Wrapped: SQLValue {
    package static var sqlType: SQLType { Wrapped.sqlType }
    package var isNull: Bool { self?.isNull ?? true }

    package func encode(into buffer: inout [UInt8]) throws(SQLValueFault) {
        try self?.encode(into: &buffer)
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> Wrapped? {
        cell.bytes == nil ? nil : try Wrapped.decode(cell)
    }
}

/// Arrays have one dimension. `[UInt8]` is `bytea`.
extension Array: SQLValue where Element: SQLElement {
    package static var sqlType: SQLType { Element.sqlArrayType }

    package func encode(into buffer: inout [UInt8]) throws(SQLValueFault) {
        try Element.encodeArray(self, into: &buffer)
    }

    package static func decode(_ cell: SQLCell) throws(SQLValueFault) -> [Element] {
        try Element.decodeArray(cell)
    }
}

extension SQLElement where Self: SQLScalar {
    package static func encodeArray(_ elements: [Self], into buffer: inout [UInt8]) throws(SQLValueFault) {
        try encodeElements(elements, of: sqlType, into: &buffer)
    }

    package static func decodeArray(_ cell: SQLCell) throws(SQLValueFault) -> [Self] {
        try decodeElements(cell, of: sqlArrayType)
    }
}

extension Optional: SQLElement where Wrapped: SQLScalar {
    package static var sqlArrayType: SQLType { Wrapped.sqlArrayType }

    package static func encodeArray(_ elements: [Wrapped?], into buffer: inout [UInt8]) throws(SQLValueFault) {
        try encodeElements(elements, of: Wrapped.sqlType, into: &buffer)
    }

    package static func decodeArray(_ cell: SQLCell) throws(SQLValueFault) -> [Wrapped?] {
        try decodeElements(cell, of: sqlArrayType)
    }
}

extension UInt8: SQLElement {
    package static var sqlArrayType: SQLType { .bytea }

    package static func encodeArray(_ elements: [UInt8], into buffer: inout [UInt8]) {
        buffer.append(contentsOf: elements)
    }

    package static func decodeArray(_ cell: SQLCell) throws(SQLValueFault) -> [UInt8] {
        Array(try cell.bytes(as: .bytea, for: [UInt8].self))
    }
}

extension [UInt8]: SQLElement, SQLScalar {
    package static var sqlArrayType: SQLType { .byteaArray }
}

private func encodeElements<Element: SQLValue>(
    _ elements: [Element], of type: SQLType, into buffer: inout [UInt8]
) throws(SQLValueFault) {
    guard elements.count <= Int32.max else { throw SQLValueFault(message: "the array has too many elements") }
    buffer.appendBigEndian(Int32(elements.isEmpty ? 0 : 1))  // dimensions
    let hasNulls = buffer.count
    buffer.appendBigEndian(Int32(0))
    buffer.appendBigEndian(type.oid)
    guard !elements.isEmpty else { return }
    buffer.appendBigEndian(Int32(elements.count))
    buffer.appendBigEndian(Int32(1))  // the first index
    for element in elements {
        guard !element.isNull else {
            buffer[hasNulls + 3] = 1
            buffer.appendBigEndian(Int32(-1))
            continue
        }
        try buffer.appendSized { (buffer) throws(SQLValueFault) in try element.encode(into: &buffer) }
    }
}

private func decodeElements<Element: SQLValue>(
    _ cell: SQLCell, of type: SQLType
) throws(SQLValueFault) -> [Element] {
    let bytes = try cell.bytes(as: type, for: [Element].self)
    let dimensions = try bytes.integer(Int32.self)
    if dimensions == 0 { return [] }
    guard dimensions == 1 else {
        throw SQLValueFault(message: "an array of \(dimensions) dimensions cannot be read")
    }
    let elementType = try bytes.integer(UInt32.self, at: 8)
    let count = Int(try bytes.integer(Int32.self, at: 12))
    var elements: [Element] = []
    elements.reserveCapacity(min(max(count, 0), bytes.count / 4))
    var offset = 20
    for _ in 0..<max(count, 0) {
        let size = Int(try bytes.integer(Int32.self, at: offset))
        offset += 4
        guard size >= 0 else {
            elements.append(try Element.decode(SQLCell(type: elementType, bytes: nil)))
            continue
        }
        guard bytes.count - offset >= size else { throw SQLValueFault(message: "the array ends too early") }
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])
        elements.append(try Element.decode(SQLCell(type: elementType, bytes: part)))
        offset += size
    }
    return elements
}

extension [UInt8] {
    /// Appends four bytes of length and then what `body` appends.
    fileprivate mutating func appendSized(
        _ body: (inout [UInt8]) throws(SQLValueFault) -> Void
    ) throws(SQLValueFault) {
        let start = count
        appendBigEndian(Int32(0))
        try body(&self)
        let size = count - start - 4
        guard size <= 0x3fff_ffff else { throw SQLValueFault(message: "an element has more than 1 GB") }
        Swift.withUnsafeBytes(of: Int32(size).bigEndian) { replaceSubrange(start..<start + 4, with: $0) }
    }
}
