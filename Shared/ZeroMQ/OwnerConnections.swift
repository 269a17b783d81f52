/// The connections to the processes of one owner, and the questions that wait for any of them.
struct OwnerConnections {
    let name: String
    var connections: [Connection] = []
    var waiting = Fifo<UInt64>()
    /// Questions that nobody waits for any more but that still burden an endpoint.
    var debts = 0
    private var turn = 0

    init(name: String) {
        self.name = name
    }

    var live: Int { connections.count { $0.isLive && !$0.isDraining } }

    /// The live endpoint with the fewest questions in flight; the first of equals takes turns.
    mutating func best() -> Connection? {
        guard !connections.isEmpty else { return nil }
        turn = (turn + 1) % connections.count
        var best: Connection?
        for offset in connections.indices {
            let candidate = connections[(turn + offset) % connections.count]
            guard candidate.isLive, !candidate.isDraining, !candidate.isFull else { continue }
            if candidate.load < best?.load ?? .max { best = candidate }
        }
        return best
    }

    /// Takes out and returns what matches.
    mutating func remove(where isGone: (Connection) -> Bool) -> [Connection] {
        let gone = connections.filter(isGone)
        if !gone.isEmpty { connections.removeAll(where: isGone) }
        return gone
    }
}
