import Foundation

/// Reads what a `MessageWriter` wrote, in the same order. Never reads past the end; lengths are checked before use.
package struct MessageReader {
    private let bytes: [UInt8]
    private var offset: Int
    private var depth = 0

    /// How many values may stand inside one another.
    package static let depthLimit = 64
    /// How many items of a list get their place before they are read: its count is only a claim.
    static let reservedItems = 256

    package init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = min(max(offset, 0), bytes.count)
    }

    package var remaining: Int { bytes.count - offset }
    /// How many bytes have been read.
    package var position: Int { offset }
    package var isAtEnd: Bool { remaining == 0 }

    private mutating func take(_ count: Int) throws -> Range<Int> {
        guard count >= 0, count <= remaining else {
            throw MalformedMessage("message ends \(count - remaining) bytes early")
        }
        defer { offset += count }
        return offset..<offset + count
    }

    package mutating func read<T: FixedWidthInteger>(_: T.Type = T.self) throws -> T {
        let range = try take(MemoryLayout<T>.size)
        return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self)) }
    }

    package mutating func read(_: Int.Type = Int.self) throws -> Int {
        Int(try read(Int64.self))
    }

    package mutating func read(_: Bool.Type = Bool.self) throws -> Bool {
        switch try read(UInt8.self) {
        case 0: return false
        case 1: return true
        case let other: throw MalformedMessage("\(other) is no boolean")
        }
    }

    package mutating func read(_: Double.Type = Double.self) throws -> Double {
        Double(bitPattern: try read(UInt64.self))
    }

    package mutating func read(_: String.Type = String.self) throws -> String {
        let range = try take(Int(try read(UInt32.self)))
        let text = bytes.withUnsafeBytes { bytes in
            let text = UnsafeRawBufferPointer(rebasing: bytes[range])
            // Nothing but ASCII needs no check, and that is what most texts are.
            guard text.allSatisfy({ $0 < 0x80 }) else { return String(validating: text, as: UTF8.self) }
            return String(unsafeUninitializedCapacity: text.count) { room in
                UnsafeMutableRawBufferPointer(room).copyMemory(from: text)
                return text.count
            }
        }
        guard let text else { throw MalformedMessage("text is not UTF-8") }
        return text
    }

    package mutating func read(_: [UInt8].Type = [UInt8].self) throws -> [UInt8] {
        Array(bytes[try take(Int(try read(UInt32.self)))])
    }

    package mutating func read(_: UUID.Type = UUID.self) throws -> UUID {
        let range = try take(16)
        return bytes.withUnsafeBytes {
            UUID(uuid: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: uuid_t.self))
        }
    }

    package mutating func read<T: BusMessage>(_: T.Type = T.self) throws -> T {
        try readNested { try T(from: &$0) }
    }

    package mutating func read<T: BusMessage>(_: [T].Type = [T].self) throws -> [T] {
        let count = try readCount()
        var values: [T] = []
        values.reserveCapacity(min(count, MessageReader.reservedItems))
        for _ in 0..<count { values.append(try read(T.self)) }
        return values
    }

    /// The count of a list. Every item takes a byte at least, so that a count cannot claim more than there is.
    package mutating func readCount() throws -> Int {
        let count = Int(try read(UInt32.self))
        guard count <= remaining else { throw MalformedMessage("\(count) items in \(remaining) bytes") }
        return count
    }

    /// Reads what stands inside of something else, unless that goes too deep.
    mutating func readNested<T>(_ body: (inout MessageReader) throws -> T) throws -> T {
        try descend()
        defer { ascend() }
        return try body(&self)
    }

    mutating func descend() throws {
        guard depth < MessageReader.depthLimit else { throw MalformedMessage("values are nested too deeply") }
        depth += 1
    }

    mutating func ascend() { depth -= 1 }

    package mutating func readOptional<T>(_ body: (inout MessageReader) throws -> T) throws -> T? {
        try read(Bool.self) ? try body(&self) : nil
    }

    package mutating func readOptional(_: String.Type = String.self) throws -> String? {
        try readOptional { try $0.read(String.self) }
    }

    package mutating func readOptional(_: Int.Type = Int.self) throws -> Int? {
        try readOptional { try $0.read(Int.self) }
    }

    package mutating func readOptional(_: Bool.Type = Bool.self) throws -> Bool? {
        try readOptional { try $0.read(Bool.self) }
    }

    package mutating func readOptional(_: UUID.Type = UUID.self) throws -> UUID? {
        try readOptional { try $0.read(UUID.self) }
    }

    package mutating func readOptional<T: BusMessage>(_: T.Type = T.self) throws -> T? {
        try readOptional { try $0.read(T.self) }
    }

    /// All bytes that are left; only as the last field.
    package mutating func readRest() -> [UInt8] {
        defer { offset = bytes.count }
        return Array(bytes[offset...])
    }
}
