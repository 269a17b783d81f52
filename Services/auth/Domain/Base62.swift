/// Bytes as digits and letters, in a width that depends on their number alone.
enum Base62 {
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// How many digits hold that many bytes.
    static func width(ofBytes count: Int) -> Int {
        // log(256) / log(62) = 1.34359…, rounded up.
        (count * 134_360 + 99_999) / 100_000
    }

    /// The bytes as one big-endian number.
    static func encode(_ bytes: [UInt8]) -> String {
        var number = bytes
        var text = [UInt8](repeating: digits[0], count: width(ofBytes: bytes.count))
        for place in text.indices.reversed() {
            var remainder = 0
            for index in number.indices {
                let value = remainder << 8 | Int(number[index])
                number[index] = UInt8(value / 62)
                remainder = value % 62
            }
            text[place] = digits[remainder]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil when the text has another width, another character, or a number too large for `count` bytes.
    static func decode(_ text: some Sequence<UInt8>, bytes count: Int) -> [UInt8]? {
        var number = [UInt8](repeating: 0, count: count)
        var length = 0
        for character in text {
            guard var carry = value(of: character) else { return nil }
            length += 1
            for index in number.indices.reversed() {
                let value = Int(number[index]) * 62 + carry
                number[index] = UInt8(value & 255)
                carry = value >> 8
            }
            guard carry == 0 else { return nil }
        }
        return length == width(ofBytes: count) ? number : nil
    }

    private static func value(of character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character - UInt8(ascii: "a")) + 36
        default: nil
        }
    }
}
