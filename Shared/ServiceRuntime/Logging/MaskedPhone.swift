/// A phone number as it may be logged: all but its last two digits hidden, its length too.
package struct MaskedPhone: CustomStringConvertible, Sendable {
    /// `***` and the last two digits, or `***` alone when there are fewer than five digits.
    package let description: String

    package init(_ number: String) {
        let digits = number.filter { $0.isASCII && $0.isNumber }
        description = digits.count < 5 ? "***" : "***" + digits.suffix(2)
    }
}
