/// The name of an object: one to eight segments with a slash between them, each of 1–128 of `[A-Za-z0-9._-]` and none
/// beginning with a dot, so that a key is a safe path and needs no escaping in a URL.
package struct BlobKey: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil when the text is no key.
    package init?(_ text: String) {
        let segments = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard (1...8).contains(segments.count), segments.allSatisfy(Self.isGood) else { return nil }
        self.text = text
    }

    package var description: String { text }

    var segments: [Substring] { text.split(separator: "/") }

    private static func isGood(_ segment: Substring.UTF8View) -> Bool {
        (1...128).contains(segment.count) && segment.first != UInt8(ascii: ".")
            && segment.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension BlobKey: Comparable {
    /// Segment by segment: the order in which a store lists.
    package static func < (left: BlobKey, right: BlobKey) -> Bool {
        left.segments.lexicographicallyPrecedes(right.segments) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
