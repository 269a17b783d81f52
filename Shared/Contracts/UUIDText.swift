import Foundation

extension UUID {
    /// The usual form of 36 characters, in lower or upper case; nil for anything else.
    ///
    /// By hand, since Foundation's goes through the C library's scanner and costs as much as parsing a small body.
    package init?(text: String) {
        var text = text
        var bytes: uuid_t = UUIDText.zero
        let isWellFormed = text.withUTF8 { text in
            withUnsafeMutableBytes(of: &bytes) { UUIDText.read(text, into: $0) }
        }
        guard isWellFormed else { return nil }
        self.init(uuid: bytes)
    }

    /// The usual form in lower case.
    package var text: String {
        String(unsafeUninitializedCapacity: 36) { text in
            writeText(to: UnsafeMutableRawBufferPointer(text))
            return 36
        }
    }

    /// Writes the usual form in lower case.
    /// - Parameter text: 36 bytes or more.
    package func writeText(to text: UnsafeMutableRawBufferPointer) {
        withUnsafeBytes(of: uuid) { bytes in
            var digits = 0
            for place in 0..<36 {
                if UUIDText.isHyphen(at: place) {
                    text[place] = UInt8(ascii: "-")
                } else {
                    text[place] = UUIDText.digit(bytes[digits / 2] >> (digits % 2 == 0 ? 4 : 0) & 15)
                    digits += 1
                }
            }
        }
    }
}

/// The value of a hexadecimal digit in ASCII, of either case.
package func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

private enum UUIDText {
    static let zero: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    /// - Returns: whether the text is well formed.
    static func read(_ text: UnsafeBufferPointer<UInt8>, into bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard text.count == 36 else { return false }
        var digits = 0
        for place in 0..<36 {
            if isHyphen(at: place) {
                guard text[place] == UInt8(ascii: "-") else { return false }
            } else {
                guard let value = hexValue(text[place]) else { return false }
                bytes[digits / 2] = bytes[digits / 2] << 4 | value
                digits += 1
            }
        }
        return true
    }

    static func isHyphen(at place: Int) -> Bool {
        place == 8 || place == 13 || place == 18 || place == 23
    }

    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension String {
    /// Whether it holds the one character that PostgreSQL cannot store.
    package var holdsNUL: Bool {
        var text = self
        return text.withUTF8 { utf8 in utf8.baseAddress.map { memchr($0, 0, utf8.count) != nil } ?? false }
    }
}
