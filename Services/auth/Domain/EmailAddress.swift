import Bus
import Contracts
import Foundation

/// An e-mail address in the one form in which it is kept and looked up: trimmed, composed (NFC), lower case.
struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    let text: String

    /// - Throws: `.emailInvalid` for a text that no mail could be sent to.
    init(_ input: String) throws {
        let text = Self.normalized(input)
        guard Self.isWellFormed(text) else { throw Fault(.emailInvalid, field: "email") }
        self.text = text
    }

    /// Takes a text that was an address when it was stored.
    init(stored text: String) {
        self.text = text
    }

    /// What stands before the @.
    var localPart: String { String(text.prefix { $0 != "@" }) }

    var description: String { text }

    private static func normalized(_ input: String) -> String {
        input.trimmingCharacters(in: .whitespacesAndNewlines).lowercased().precomposedStringWithCanonicalMapping
    }

    /// One @, a local part of at most 64 bytes, a domain of at least two labels, 254 bytes in all, and no character
    /// that would need quotes.
    private static func isWellFormed(_ text: String) -> Bool {
        guard text.utf8.count <= 254, text.unicodeScalars.allSatisfy(isAllowed) else { return false }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count) else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { (1...63).contains($0.utf8.count) && !$0.hasPrefix("-") && !$0.hasSuffix("-") }
    }

    private static let quoted: Set<Unicode.Scalar> = ["\"", "(", ")", ",", ":", ";", "<", ">", "[", "\\", "]"]

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        !quoted.contains(scalar) && scalar.isVisible
    }
}

extension Unicode.Scalar {
    /// False for spaces, controls, invisible marks and what has no meaning.
    var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            false
        default: true
        }
    }
}
