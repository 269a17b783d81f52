import Hummingbird

/// Which web pages may call from a browser (CORS).
package struct CrossOrigin: Sendable {
    private let origins: Set<String>
    private let allowsAll: Bool

    /// - Parameter origins: `https://app.example.com`; `*` allows every page, but then without credentials.
    package init(_ origins: [String]) {
        allowsAll = origins.contains("*")
        self.origins = Set(origins.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
    }

    private static let exposed =
        "X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, Idempotent-Replayed, "
        + "Link, Content-Disposition, ETag, Content-Range, Accept-Ranges"

    /// Adds what the browser must see; nothing for a page that is not allowed.
    func add(to headers: inout HTTPFields, for origin: String?) {
        guard let origin, isAllowed(origin) else { return }
        headers[.accessControlAllowOrigin] = allowsAll ? "*" : origin
        if !allowsAll { headers[.accessControlAllowCredentials] = "true" }
        headers[.accessControlExposeHeaders] = Self.exposed
    }

    /// Adds what a preflight asks for.
    func addPreflight(to headers: inout HTTPFields, for origin: String?, methods: String) {
        guard let origin, isAllowed(origin) else { return }
        headers[.accessControlAllowMethods] = methods
        headers[.accessControlAllowHeaders] =
            "Authorization, Content-Type, X-API-Key, X-API-Dialect, X-Request-Id, Idempotency-Key, If-Match, Range, "
            + "X-Content-SHA256, Content-MD5, traceparent"
        headers[.accessControlMaxAge] = "600"
    }

    func isAllowed(_ origin: String) -> Bool {
        allowsAll || origins.contains(origin)
    }
}
