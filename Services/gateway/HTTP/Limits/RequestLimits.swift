/// What one gateway process takes in.
package struct RequestLimits: Sendable {
    /// Bytes of a request's header.
    package var headerBytes = 16 * 1024
    /// Bytes of a body.
    package var bodyBytes = 1024 * 1024
    /// Bytes of a batch's body.
    package var batchBytes = 8 * 1024 * 1024
    /// Bytes of a body that is streamed to storage.
    package var uploadBytes = 200 * 1024 * 1024
    /// How long a handler may work, from the end of the body to the answer, in milliseconds.
    package var workMS = 10_000
    /// How long a header may take to arrive, in milliseconds.
    package var headerMS = 10_000
    /// How long a body may take to arrive, in milliseconds; a streamed one so long for each 64 KiB of it.
    package var bodyMS = 30_000
    /// How long a connection may be silent, in milliseconds.
    package var idleMS = 60_000
    /// Requests that are worked on at a time; further ones are refused.
    package var inFlight = 2048
    /// Batches whose bodies are held at a time; further ones are refused.
    package var batchesInFlight = 16
    /// Bodies that are streamed to storage at a time, each of which may hold 8 MiB; further ones are refused, and those
    /// beyond a quarter of them from one credential.
    package var uploadsInFlight = 64
    /// Connections at a time; further ones wait to be accepted.
    package var connections = 4096

    package init() {}
}

/// Requests, or bytes, per minute; 0 switches a limit off.
package struct RateLimits: Sendable {
    package var general = 100
    package var authentication = 10
    package var apiKeys = 6000
    package var uploadBytes = 10 * 1024 * 1024
    package var apiKeyUploadBytes = 600 * 1024 * 1024

    package init() {}

    package static let off: RateLimits = {
        var limits = RateLimits()
        limits.general = 0
        limits.authentication = 0
        limits.apiKeys = 0
        limits.uploadBytes = 0
        limits.apiKeyUploadBytes = 0
        return limits
    }()
}
