/// The name of one kind of message, `<owner>.<verb-noun>.v<n>`; the owner is the service that answers or announces it.
package struct Subject: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    package init(stringLiteral name: String) {
        self.init(name)
    }

    /// The part before the first dot, for example `calls`.
    package var owner: String {
        String(name.prefix { $0 != "." })
    }

    package var description: String { name }
}
