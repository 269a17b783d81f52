import Bus

/// Tells a peer that is silent from one that is dead.
///
/// It counts heartbeats and not time: a process that was itself paused finds one heartbeat missing, not all of them.
struct Pulse {
    private let limit: Int
    private let intervalMS: Int
    private var silent = 0
    private var isHeard = true
    private(set) var next: Deadline

    init(limits: BusLimits) {
        intervalMS = max(1, limits.heartbeatMS)
        limit = max(2, limits.heartbeatTimeoutMS / intervalMS)
        next = .after(milliseconds: intervalMS)
    }

    /// Something came from the peer, whatever it was.
    mutating func heard() { isHeard = true }

    mutating func restart() {
        silent = 0
        isHeard = true
        next = .after(milliseconds: intervalMS)
    }

    enum Beat {
        /// Nothing to do yet.
        case none
        /// Ask or tell the peer.
        case due
        /// The peer is dead.
        case lost
    }

    mutating func beat(at now: Deadline) -> Beat {
        guard next <= now else { return .none }
        next = .after(milliseconds: intervalMS)
        silent = isHeard ? 0 : silent + 1
        isHeard = false
        return silent >= limit ? .lost : .due
    }
}
