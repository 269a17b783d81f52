import Bus

/// What a bus has counted since it started, and how it stands now.
package struct BusStats: Sendable, Equatable {
    /// By owner.
    package var asking: [String: Asking] = [:]
    package var serving = Serving()
    package var news = News()

    /// The questions of this process to one owner.
    package struct Asking: Sendable, Equatable {
        /// Endpoints that are known, and those that answer heartbeats and are not stopping.
        package var endpoints = 0
        package var live = 0
        package var inFlight = 0
        package var asked = 0
        /// Refused here because too many were in flight.
        package var refused = 0
        /// No live endpoint within the wait.
        package var unreachable = 0
        package var timeouts = 0
        package var cancelled = 0
        /// In flight to a process that died.
        package var cutOff = 0
        /// Sent once more, to another process.
        package var resent = 0
        /// Answers that came when nobody waited any more.
        package var late = 0
        /// Frames that are no answer of this version.
        package var malformed = 0
        package init() {}
    }

    /// The questions that this process answers.
    package struct Serving: Sendable, Equatable {
        package var inFlight = 0
        /// Waiting for their turn, by `AdmissionPriority.rawValue`.
        package var queued = [0, 0, 0]
        package var answered = 0
        /// Refused because a queue was full or the wait too long.
        package var refused = 0
        /// Dropped before work started because their deadline had passed.
        package var expired = 0
        /// Sent back because this process is stopping.
        package var turnedAway = 0
        package var malformed = 0
        /// Answers whose asker was gone or took none.
        package var undeliverable = 0
        /// Connections refused for lack of a known key or for speaking another protocol.
        package var strangers = 0
        /// Questions refused because their sender may not speak for that caller.
        package var impersonations = 0
        package var isDraining = false
        package init() {}
    }

    package struct News: Sendable, Equatable {
        package var published = 0
        /// Not published because the queue was full or nothing is bound.
        package var dropped = 0
        package var heard = 0
        package var malformed = 0
        /// How often listeners were told that they may have missed something.
        package var missed = 0
        /// Publishers that are connected.
        package var live = 0
        package init() {}
    }

    package init() {}
}
