extension JSONParser {
    /// Reads a number. What is written as a whole number and fits becomes an integer.
    mutating func number() throws -> JSONValue {
        let start = offset
        let isNegative = take("-")
        guard offset < bytes.count, isDigit(bytes[offset]) else {
            offset = start
            throw problem()
        }
        let digitsStart = offset
        var mantissa: UInt64 = 0
        var fractionDigits = 0
        takeDigits(&mantissa)
        guard offset - digitsStart == 1 || bytes[digitsStart] != UInt8(ascii: "0") else { throw problem() }
        var digits = offset - digitsStart
        let isWhole = !isNext(".") && !isNext("e") && !isNext("E")
        if isWhole, digits <= 18 { return .integer(isNegative ? -Int(mantissa) : Int(mantissa)) }
        if take(".") {
            let fractionStart = offset
            takeDigits(&mantissa)
            fractionDigits = offset - fractionStart
            digits += fractionDigits
            guard fractionDigits > 0 else { throw problem() }
        }
        let hasExponent = try takeExponent()
        // Up to 15 digits and a power of ten below 10^22 are exact, and so is their quotient's rounding.
        if !hasExponent, digits <= 15 {
            let number = Double(mantissa) / Self.powersOfTen[fractionDigits]
            return .number(isNegative ? -number : number)
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw problem("\(key.isEmpty ? "a number" : key) is too large a number")
        }
        return .number(number)
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    private func isNext(_ character: Unicode.Scalar) -> Bool {
        offset < bytes.count && bytes[offset] == UInt8(ascii: character)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// Adds digits to the mantissa, which is right as long as there are at most 18 of them.
    private mutating func takeDigits(_ mantissa: inout UInt64) {
        while offset < bytes.count, isDigit(bytes[offset]) {
            mantissa = mantissa &* 10 &+ UInt64(bytes[offset] - UInt8(ascii: "0"))
            offset += 1
        }
    }

    private mutating func takeExponent() throws -> Bool {
        guard take("e") || take("E") else { return false }
        if !take("+") { _ = take("-") }
        let start = offset
        var ignored: UInt64 = 0
        takeDigits(&ignored)
        guard offset > start else { throw problem() }
        return true
    }
}
