import Contracts

extension JSONParser {
    /// Reads a string; `offset` stands on its opening quote.
    mutating func text() throws -> String {
        offset += 1
        let start = offset
        var highest: UInt8 = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                let text = highest < 0x80 ? ascii(bytes[start..<offset]) : try utf8(bytes[start..<offset])
                offset += 1
                return text
            }
            highest |= byte
            if byte == UInt8(ascii: "\\") { return try escapedText(from: start) }
            guard byte >= 0x20 else { throw problem("\(place) contains an unescaped control character") }
            offset += 1
        }
        throw problem()
    }

    private var place: String { key.isEmpty ? "a text" : String(key.prefix(100)) }

    /// A text that is ASCII, as most are, needs no check.
    private func ascii(_ slice: Slice<UnsafeRawBufferPointer>) -> String {
        String(unsafeUninitializedCapacity: slice.count) { text in
            UnsafeMutableRawBufferPointer(text).copyMemory(from: UnsafeRawBufferPointer(rebasing: slice))
            return slice.count
        }
    }

    private func utf8(_ slice: Slice<UnsafeRawBufferPointer>) throws -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw problem("\(place) is not UTF-8") }
        return text
    }

    /// The slow way, for strings with escapes.
    private mutating func escapedText(from start: Int) throws -> String {
        var plain = [UInt8](bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: plain, as: UTF8.self) else {
                    throw problem("\(place) is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &plain)
            case 0..<0x20:
                throw problem("\(place) contains an unescaped control character")
            default:
                plain.append(byte)
            }
        }
        throw problem()
    }

    private mutating func escape(into plain: inout [UInt8]) throws {
        guard offset < bytes.count else { throw problem() }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(byte)
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "t"): plain.append(0x09)
        case UInt8(ascii: "u"): plain.append(contentsOf: String(Character(try scalar())).utf8)
        default:
            offset -= 1
            throw problem()
        }
    }

    private mutating func scalar() throws -> Unicode.Scalar {
        let first = try hexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let lone = "\(place) contains half a surrogate pair"
        guard first < 0xDC00, take("\\"), take("u") else { throw problem(lone) }
        let second = try hexDigits()
        guard (0xDC00...0xDFFF).contains(second) else { throw problem(lone) }
        let code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        guard let scalar = Unicode.Scalar(code) else { throw problem(lone) }
        return scalar
    }

    private mutating func hexDigits() throws -> UInt16 {
        guard bytes.count - offset >= 4 else { throw problem() }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = hexValue(bytes[offset]) else { throw problem() }
            value = value << 4 | UInt16(digit)
            offset += 1
        }
        return value
    }
}
