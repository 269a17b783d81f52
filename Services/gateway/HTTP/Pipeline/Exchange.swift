import Hummingbird

/// What is known of one request while it is being answered.
struct Exchange: Sendable {
    let identity: RequestIdentity
    let startedAt: UInt64
    /// Without the query.
    let path: Substring
    let client: NetworkAddress
    let announced: BodyAnnouncement
    var mounted: MountedRoute?
    /// The dialect that the account is pinned to.
    var clientHint: String?
    var standing = RateLimiter.Standing.unlimited
    /// The methods of the path, when the request has another one.
    var allowed: [HTTPRequest.Method] = []
    var isBodyRead = false
}
