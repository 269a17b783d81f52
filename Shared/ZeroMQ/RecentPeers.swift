import Bus

/// The peers that were heard of lately. Every live asker sends a heartbeat, so whoever is gone is soon forgotten.
struct RecentPeers {
    private var current: Set<PeerAddress> = []
    private var earlier: Set<PeerAddress> = []
    private var turnsAt: Deadline

    /// Peers beyond that are not remembered.
    static let limit = 4096
    static let turnMS = 5000

    init() {
        turnsAt = .after(milliseconds: RecentPeers.turnMS)
    }

    var all: Set<PeerAddress> { current.union(earlier) }

    mutating func heard(_ peer: PeerAddress) {
        if current.count < RecentPeers.limit { current.insert(peer) }
    }

    /// Forgets who was not heard of for a whole turn.
    mutating func turn() {
        guard turnsAt.hasPassed else { return }
        turnsAt = .after(milliseconds: RecentPeers.turnMS)
        earlier = current
        current = []
    }
}
