/// What a person is called.
struct PersonName: Sendable, Equatable {
    /// Characters (Unicode scalars) of a first or last name, at most.
    static let longestPart = 100
    private static let longest = 200

    let whole: String
    let first: String?
    let last: String?

    /// - Parameter fallback: when nothing was given.
    /// - Throws: `.inputInvalid` naming the field.
    init(whole: String?, first: String?, last: String?, orElse fallback: String) throws {
        self.first = try GivenText.optional(first, field: "first_name", limit: Self.longestPart)
        self.last = try GivenText.optional(last, field: "last_name", limit: Self.longestPart)
        let parts = [self.first, self.last].compactMap(\.self).joined(separator: " ")
        let joined = String(String.UnicodeScalarView(parts.unicodeScalars.prefix(Self.longest)))
        self.whole =
            try GivenText.optional(whole, field: "name", limit: Self.longest) ?? (joined.isEmpty ? fallback : joined)
    }
}
