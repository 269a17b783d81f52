/// What a `Range` header asks of an object's bytes (RFC 9110, section 14).
package enum ByteRange: Sendable, Equatable {
    /// Everything: there is no header, it is not understood, or it asks for several pieces.
    case whole
    /// A piece that is not empty.
    case part(Range<Int>)
    /// Nothing of the object lies in it.
    case outside

    /// - Parameter size: bytes of the object.
    package init(_ header: String?, size: Int) {
        self = .whole
        guard let header, let equals = header.firstIndex(of: "="),
            header[..<equals].lowercased().filter({ $0 != " " }) == "bytes"
        else { return }
        let text = header[header.index(after: equals)...].filter { $0 != " " && $0 != "\t" }
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return
        }
        // Digits that no Int holds lie behind every object's end.
        let first = bounds[0].isEmpty ? nil : Int(bounds[0]) ?? .max
        let last = bounds[1].isEmpty ? nil : Int(bounds[1]) ?? .max
        switch (first, last) {
        case (let first?, let last?):
            guard first <= last else { return }
            self = first < size ? .part(first..<min(last, size - 1) + 1) : .outside
        case (let first?, nil):
            self = first < size ? .part(first..<size) : .outside
        case (nil, let suffix?):
            self = suffix > 0 && size > 0 ? .part(max(0, size - suffix)..<size) : .outside
        case (nil, nil):
            return
        }
    }
}
