import Bus
import Contracts
import Synchronization

/// What the parts of a dialer share, and what is shown of it.
final class DialerState: Sendable {
    struct Counts: Sendable {
        var placed = 0
        var refused = 0
        var unknown = 0
        var settled = 0
    }

    private struct Held {
        /// Attempts whose leases this process prolongs.
        var calls: Set<CallID> = []
        /// Those of them that are not placed.
        var unplaced = 0
        /// Taken over, and nobody works on them yet.
        var handedOver: [Attempt] = []
        var counts = Counts()
        var breaker = CircuitBreaker()
    }

    private let held = Mutex(Held())
    let stop = StopSign()
    /// There may be something to dial.
    let wake = WakeUp()
    /// There may be something to look after.
    let upkeepWake = WakeUp()

    func began(_ attempts: [Attempt]) {
        held.withLock { held in
            held.calls.formUnion(attempts.map(\.callID))
            held.unplaced += attempts.count
        }
    }

    /// The attempt is placed, or will not be by this process.
    func leftPlacing() {
        held.withLock { $0.unplaced -= 1 }
        wake.signal()
    }

    func letGo(_ call: CallID) {
        held.withLock { _ = $0.calls.remove(call) }
    }

    /// Gives attempts that were taken over to whoever dials.
    func handOver(_ attempts: [Attempt]) {
        guard !attempts.isEmpty else { return }
        began(attempts)
        held.withLock { $0.handedOver += attempts }
        wake.signal()
    }

    func takeHandedOver() -> [Attempt] {
        held.withLock { held in
            defer { held.handedOver = [] }
            return held.handedOver
        }
    }

    func noteSettled(_ count: Int) {
        guard count > 0 else { return }
        held.withLock { $0.counts.settled += count }
        wake.signal()
    }

    func count(_ change: (inout Counts) -> Void) {
        held.withLock { change(&$0.counts) }
    }

    func breaker<Result>(_ body: (inout CircuitBreaker) -> Result) -> Result {
        held.withLock { held in body(&held.breaker) }
    }

    var calls: [CallID] { held.withLock { Array($0.calls) } }
    var unplaced: Int { held.withLock { $0.unplaced } }
    var counts: Counts { held.withLock { $0.counts } }
    var isBreakerOpen: Bool { held.withLock { $0.breaker.isOpen } }
}
