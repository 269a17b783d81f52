import Bus

/// What the tasks that ask and the thread that owns the sockets share, behind one lock.
struct AskerState {
    var commands: [AskCommand] = []
    var owners: [OwnerState]
    var nextID: UInt64 = 1
    /// Nothing is accepted before the start and after the end.
    var isOpen = false

    /// One owner: what was counted, and which of its endpoints are live.
    struct OwnerState {
        let name: String
        var stats = BusStats.Asking()
        var liveEndpoints: Set<String> = []
    }
}

/// What the thread that owns the sockets is told to do.
enum AskCommand {
    case ask(PendingAsk)
    case cancel(UInt64)
    case endpoints(owner: Int, [String])
    case stop
}

/// A question that waits for its answer. Belongs to the thread that owns the sockets once it is posted.
final class PendingAsk: @unchecked Sendable {
    let id: UInt64
    let owner: Int
    /// The whole question; kept to be sent again.
    var frame: [UInt8]
    let deadline: Deadline
    let isRepeatable: Bool
    /// Nil when nobody waits any more.
    var continuation: CheckedContinuation<[UInt8], any Error>?
    /// Where it was sent; nil while it waits for a live endpoint.
    var connection: Connection?
    /// When something must be done about it if no answer comes.
    var expiry: Deadline
    var wasResent = false

    init(
        id: UInt64, owner: Int, frame: [UInt8], deadline: Deadline, isRepeatable: Bool,
        continuation: CheckedContinuation<[UInt8], any Error>
    ) {
        self.id = id
        self.owner = owner
        self.frame = frame
        self.deadline = deadline
        self.isRepeatable = isRepeatable
        self.continuation = continuation
        expiry = deadline
    }
}
