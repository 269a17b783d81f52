import Bus

/// Answers that a peer's full queue did not take, in order, until it does. Bounded per peer and in time, so that an asker
/// that stopped reading costs its own answers and nobody else's.
struct Backlog {
    private struct Waiting {
        let frame: [UInt8]
        let until: Deadline
    }

    private let limit: Int
    private let waitMS: Int
    private var peers: [PeerAddress: Fifo<Waiting>] = [:]

    /// - Parameter waitMS: how long an answer is worth keeping.
    init(limit: Int, waitMS: Int) {
        self.limit = limit
        self.waitMS = waitMS
    }

    var isEmpty: Bool { peers.isEmpty }

    /// Whether earlier answers to this peer still wait, so that a new one has to queue up.
    func holds(_ peer: PeerAddress) -> Bool { !peers.isEmpty && peers[peer] != nil }

    /// False when there is no room for one more.
    mutating func append(_ outgoing: OutgoingFrame) -> Bool {
        guard peers[outgoing.peer]?.count ?? 0 < limit else { return false }
        peers[outgoing.peer, default: Fifo()].append(
            Waiting(frame: outgoing.frame, until: .after(milliseconds: waitMS)))
        return true
    }

    /// Tries again; returns how many were given up.
    mutating func retry(_ send: (PeerAddress, [UInt8]) -> Socket.Sending) -> Int {
        var lost = 0
        for peer in peers.keys {
            peer: while let waiting = peers[peer]?.first {
                if waiting.until.hasPassed {
                    lost += 1
                } else {
                    switch send(peer, waiting.frame) {
                    case .sent: break
                    case .full: break peer
                    case .noPeer: lost += 1
                    }
                }
                _ = peers[peer]?.popFirst()
            }
            if peers[peer]?.isEmpty == true { peers[peer] = nil }
        }
        return lost
    }
}
