import Hummingbird

/// A header field; its module is not named here, since Hummingbird hands its types on.
package typealias HeaderName = HTTPFields.Element.Name

extension HTTPFields {
    /// The first value of a name; cheaper than all of them in one text.
    func first(_ name: HeaderName) -> String? {
        first { $0.name.canonicalName == name.canonicalName }?.value
    }
}

extension HeaderName {
    package static let apiKey = HeaderName("X-API-Key")!
    /// `voicera` or `voiceflow`: whose answer is wanted where both have the route.
    package static let apiDialect = HeaderName("X-API-Dialect")!
    package static let requestID = HeaderName("X-Request-Id")!
    package static let traceparent = HeaderName("traceparent")!
    package static let forwardedFor = HeaderName("X-Forwarded-For")!
    package static let idempotencyKey = HeaderName("Idempotency-Key")!
    package static let idempotentReplayed = HeaderName("Idempotent-Replayed")!
    package static let rateLimit = HeaderName("X-RateLimit-Limit")!
    package static let rateRemaining = HeaderName("X-RateLimit-Remaining")!
    package static let rateReset = HeaderName("X-RateLimit-Reset")!
    package static let contentSHA256 = HeaderName("X-Content-SHA256")!
    package static let contentMD5 = HeaderName("Content-MD5")!
    package static let forwardedProto = HeaderName("X-Forwarded-Proto")!
    package static let link = HeaderName("Link")!
    package static let frameOptions = HeaderName("X-Frame-Options")!
    package static let referrerPolicy = HeaderName("Referrer-Policy")!
}
