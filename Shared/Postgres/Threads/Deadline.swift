import Foundation

/// An instant on the monotonic clock.
struct Deadline: Comparable, Sendable {
    let nanoseconds: UInt64

    static let never = Deadline(nanoseconds: .max)

    static var now: Deadline {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Deadline(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// Now for a duration that is negative.
    static func after(_ duration: Duration) -> Deadline {
        let (sum, overflows) = now.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return overflows ? .never : Deadline(nanoseconds: sum)
    }

    static func < (left: Deadline, right: Deadline) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    var hasPassed: Bool { self <= .now }

    /// For poll(2): rounded up so that a waiter does not spin, -1 for `never`.
    var pollTimeoutMS: Int32 {
        guard self != .never else { return -1 }
        let now = Deadline.now
        guard self > now else { return 0 }
        return Int32(min((nanoseconds - now.nanoseconds + 999_999) / 1_000_000, 86_400_000))
    }
}

extension Duration {
    /// Zero when negative, the greatest value when too long.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 9_000_000_000 else { return .max }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
    }

    var milliseconds: UInt64 { nanoseconds / 1_000_000 }
}
