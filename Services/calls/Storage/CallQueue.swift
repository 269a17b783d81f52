import Bus
import Contracts

/// A call that waits to be written, and whoever waits for it. A class, since it goes through many hands.
final class PendingCall: Sendable {
    let call: NewCall
    let deadline: Deadline
    let finish: @Sendable (Result<LoggedCall, Fault>) -> Void

    init(_ call: NewCall, deadline: Deadline, finish: @escaping @Sendable (Result<LoggedCall, Fault>) -> Void) {
        self.call = call
        self.deadline = deadline
        self.finish = finish
    }
}

/// The calls that wait in one partition, first come first served.
struct CallQueue {
    /// What has been taken is a hole at the front until there is much of it.
    private var items: [PendingCall?] = []
    private var head = 0
    private(set) var bytes = 0
    /// Batches that are being written.
    var running = 0
    /// The batch under way cannot be written for now.
    var isStalled = false

    var count: Int { items.count - head }

    mutating func append(_ item: PendingCall) {
        items.append(item)
        bytes += item.call.size
    }

    /// The first ones, at most so many and so many bytes, but one if there is any.
    mutating func take(atMost limit: Int, bytes byteLimit: Int) -> [PendingCall] {
        var taken: [PendingCall] = []
        taken.reserveCapacity(min(limit, count))
        var size = 0
        while head < items.count, taken.count < limit, let item = items[head] {
            guard taken.isEmpty || size + item.call.size <= byteLimit else { break }
            size += item.call.size
            taken.append(item)
            items[head] = nil
            head += 1
        }
        bytes -= size
        if head == items.count {
            items.removeAll(keepingCapacity: items.count <= 1024)
            head = 0
        } else if head > 1024, head > items.count / 2 {
            items.removeSubrange(..<head)
            head = 0
        }
        return taken
    }
}
