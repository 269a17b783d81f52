/// Remembers that PostgreSQL could not be reached, so that requests need not all find out by waiting.
struct ConnectBackoff {
    private struct Failure {
        let error: DatabaseError
        let pause: Duration
        let retry: Deadline
    }

    static let firstPause: Duration = .milliseconds(50)
    static let longestPause: Duration = .milliseconds(500)

    private var failure: Failure?
    private var isProbing = false

    /// Why PostgreSQL counts as away; nil when it doesn't.
    var reason: DatabaseError? { failure?.error }

    /// Nil when a connection may be tried now; while PostgreSQL is away one probe at a time may.
    mutating func refusal() -> DatabaseError? {
        guard let failure else { return nil }
        guard failure.retry.hasPassed, !isProbing else { return failure.error }
        isProbing = true
        return nil
    }

    mutating func succeeded() {
        failure = nil
        isProbing = false
    }

    /// The probe ended without telling anything about PostgreSQL.
    mutating func abandoned() {
        isProbing = false
    }

    mutating func failed(_ error: DatabaseError) {
        isProbing = false
        let pause = min((failure?.pause).map { $0 * 2 } ?? Self.firstPause, Self.longestPause)
        failure = Failure(error: error, pause: pause, retry: .after(pause * Double.random(in: 0.75...1.25)))
    }
}
