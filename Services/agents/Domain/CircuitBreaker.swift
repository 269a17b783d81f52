/// Stops calls to a carrier that keeps failing, for a pause that grows, and then lets one through to see.
struct CircuitBreaker: Sendable {
    enum State: Sendable, Equatable {
        case closed
        /// Nothing is let through until then, in nanoseconds.
        case open(until: UInt64)
        /// One call is under way to see whether the carrier is back.
        case probing
    }

    static let mostFailures = 5
    static let shortestPauseMS: UInt64 = 500
    static let longestPauseMS: UInt64 = 30_000

    private(set) var state = State.closed
    private var failures = 0
    private var pauseMS = shortestPauseMS

    /// Lets through as many of `count` calls as may be made now; each is to be followed by a note or by `giveBack`.
    /// - Parameter now: nanoseconds of a clock that never goes back.
    mutating func admit(_ count: Int, at now: UInt64) -> Int {
        switch state {
        case .closed: return count
        case .probing: return 0
        case .open(let until):
            guard now >= until, count > 0 else { return 0 }
            state = .probing
            return 1
        }
    }

    /// A call that was let through was not made.
    mutating func giveBack(at now: UInt64) {
        if state == .probing { state = .open(until: now) }
    }

    mutating func noteSuccess() {
        state = .closed
        failures = 0
        pauseMS = Self.shortestPauseMS
    }

    mutating func noteFailure(at now: UInt64) {
        failures += 1
        switch state {
        case .open: return
        case .closed where failures < Self.mostFailures: return
        case .closed, .probing:
            state = .open(until: now + pauseMS * 1_000_000)
            pauseMS = min(pauseMS * 2, Self.longestPauseMS)
        }
    }

    /// Whether new calls make no sense for the moment.
    var isOpen: Bool { state != .closed }
}
