import Foundation

/// What travels beside a question: which request of the outside it belongs to, its trace, and until when an answer counts.
package struct RequestContext: Sendable, Equatable {
    /// 8–64 of `[A-Za-z0-9._-]`; the `X-Request-Id` of the outside.
    package var requestID: String
    /// W3C `traceparent`, as it came or as the gateway made it.
    package var traceparent: String?
    package var deadline: Deadline

    package init(requestID: String, traceparent: String? = nil, deadline: Deadline) {
        self.requestID = requestID
        self.traceparent = traceparent
        self.deadline = deadline
    }

    /// The context of the request that the current task works for; nil for a service's own work.
    @TaskLocal package static var current: RequestContext?
}

/// A moment on this machine's monotonic clock after which nobody waits for the answer any more.
package struct Deadline: Sendable, Hashable, Comparable {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// That many milliseconds from now; the past counts as now, and anything beyond a year as a year.
    package static func after(milliseconds: Int) -> Deadline {
        let bounded = UInt64(min(max(0, milliseconds), 366 * 86_400_000))
        return Deadline(nanoseconds: monotonicNanoseconds() + bounded * 1_000_000)
    }

    /// Whole milliseconds that are left, at least zero.
    package var remainingMS: Int {
        let now = monotonicNanoseconds()
        return nanoseconds <= now ? 0 : Int((nanoseconds - now + 999_999) / 1_000_000)
    }

    /// What is left as it travels on the bus.
    package var budgetMS: UInt32 { UInt32(clamping: remainingMS) }

    package var hasPassed: Bool { nanoseconds <= monotonicNanoseconds() }

    package static func < (left: Deadline, right: Deadline) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

/// Nanoseconds of `CLOCK_MONOTONIC`: never goes back, counts from an arbitrary start.
package func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
}

extension RequestContext {
    /// The context that a question travels with: the current one, its deadline brought forward to `milliseconds` from
    /// now if given; without a current one a new request id and `milliseconds` or else `defaultMS`.
    package static func forAsking(within milliseconds: Int?, or defaultMS: Int) -> RequestContext {
        guard var context = current else {
            return RequestContext(
                requestID: UUID().uuidString.lowercased(), deadline: .after(milliseconds: milliseconds ?? defaultMS))
        }
        if let milliseconds { context.deadline = min(context.deadline, .after(milliseconds: milliseconds)) }
        return context
    }
}
