import Bus
import Contracts
import Foundation

/// The address of a page that may be fetched, as far as its text tells.
struct WebsiteAddress: Sendable, Hashable {
    let isSecure: Bool
    /// Lower-case; an IPv6 address without brackets.
    let host: String
    /// Nil: the scheme's own.
    let port: Int?
    /// From the first slash on, with the query.
    let target: String

    /// Names that lead nowhere but to this machine and its networks.
    private static let closedNames = [
        "localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "onion", "test",
        "invalid",
    ]

    /// - Throws: a sentence that goes on from the name of the field.
    init(_ text: String) throws(Problem) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.utf8.count <= Document.longestAddress, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.contains("\\"), let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            var host = parts.host?.lowercased(), !host.isEmpty
        else { throw Problem("must hold addresses such as https://example.com") }
        guard scheme == "http" || scheme == "https" else { throw Problem("must begin with http:// or https://") }
        guard parts.user == nil, parts.password == nil else { throw Problem("must not hold a name and a password") }
        guard parts.port.map({ (1...65_535).contains($0) }) ?? true else { throw Problem("has a port that is none") }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host.hasSuffix(".") { host.removeLast() }
        guard Self.isOpen(host) else { throw Problem("must lead to public addresses") }
        self.init(
            isSecure: scheme == "https", host: host, port: parts.port,
            target: (parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath)
                + (parts.percentEncodedQuery.map { "?\($0)" } ?? ""))
        // What is encoded has become longer.
        guard self.text.utf8.count <= Document.longestAddress else {
            throw Problem("must hold addresses of at most \(Document.longestAddress) characters")
        }
    }

    private init(isSecure: Bool, host: String, port: Int?, target: String) {
        (self.isSecure, self.host, self.port, self.target) = (isSecure, host, port, target)
    }

    struct Problem: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    /// A website as somebody gave it.
    /// - Throws: `.inputInvalid` naming the field.
    static func checked(_ text: String) throws -> String {
        do throws(Problem) {
            return try WebsiteAddress(text).text
        } catch {
            throw Fault(.inputInvalid, "websites \(error.text)", field: "websites")
        }
    }

    var text: String { origin + target }

    /// Scheme, host and port.
    var origin: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(shown)\(port.map { ":\($0)" } ?? "")"
    }

    /// The same site, whether with encryption or not, with `www.` or not.
    var site: String { host.hasPrefix("www.") ? String(host.dropFirst(4)) : host }

    /// Another page of the same origin.
    func at(_ target: String) -> WebsiteAddress {
        WebsiteAddress(isSecure: isSecure, host: host, port: port, target: target)
    }

    /// Where a link or a redirect of this page leads; nil for what is no page.
    func following(_ link: String) -> WebsiteAddress? {
        let link = link.trimmingCharacters(in: .whitespacesAndNewlines).prefix { $0 != "#" }
        guard !link.isEmpty, let base = URL(string: text), let url = URL(string: String(link), relativeTo: base) else {
            return nil
        }
        return try? WebsiteAddress(url.absoluteURL.absoluteString)
    }

    private static func isOpen(_ host: String) -> Bool {
        if host.contains(":") { return PublicAddress.isPublic(host) }
        // One that a resolver takes for a number counts in its usual spelling alone.
        if PublicAddress.isNumber(host) { return PublicAddress.isPublic(host) }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isName =
            labels.count >= 2 && host.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
        guard isName, let last = labels.last, last.contains(where: \.isLetter) else { return false }
        return !closedNames.contains { host == $0 || host.hasSuffix(".\($0)") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
