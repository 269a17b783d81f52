import Bus
import Contracts
import Hummingbird

/// One product's paths, field names, status codes and error bodies.
package protocol Dialect: Sendable {
    /// As it is called in logs and descriptions.
    var name: String { get }
    /// `/api`; empty for the root.
    var prefix: String { get }
    var routes: [Route] { get }
    /// The body of every refusal.
    var errorSchema: Schema { get }
    /// Whether `?envelope=true` puts the body of a success into `{success, data, error, timestamp}`.
    var offersEnvelope: Bool { get }
    /// How a failure is said here.
    func spell(_ fault: Fault) -> Refusal
}

extension Dialect {
    package var offersEnvelope: Bool { false }
}

/// A failure as a dialect says it.
package struct Refusal: Sendable {
    package var status: HTTPResponse.Status
    package var body: ByteBuffer

    package init(status: HTTPResponse.Status, body: ByteBuffer) {
        self.status = status
        self.body = body
    }
}

extension Fault {
    /// The status where a dialect says nothing else.
    package var status: HTTPResponse.Status {
        switch kind {
        case .invalid: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: entry == .methodNotAllowed ? .methodNotAllowed : .notFound
        case .conflict, .stillRunning: .conflict
        case .mismatch: .unprocessableContent
        case .preconditionFailed: .preconditionFailed
        case .tooLarge: .contentTooLarge
        case .tooMany: .tooManyRequests
        case .unavailable, .overloaded, .deadlinePassed: .serviceUnavailable
        case .unexpected: .internalServerError
        }
    }

    /// Whole seconds for `Retry-After`; nil where a retry makes no sense.
    package var retryAfterSeconds: Int? {
        switch kind {
        case .stillRunning, .tooMany, .unavailable, .overloaded, .deadlinePassed:
            max(1, ((retryAfterMS ?? 1000) + 999) / 1000)
        default: nil
        }
    }
}
