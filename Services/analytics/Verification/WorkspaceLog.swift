import Bus
import Contracts

/// A workspace's events in an owner's log.
struct WorkspaceLog<Owner: EventOwner>: Sendable {
    let workspaceID: WorkspaceID
    let asking: any Asking
    private static var batchLimit: Int { 4096 }

    init(of owner: Owner.Type, workspaceID: WorkspaceID, asking: any Asking) {
        self.workspaceID = workspaceID
        self.asking = asking
    }

    /// Gives `body` the workspace's events after one number of its partition up to another, or up to the newest one.
    /// - Returns: the number of the last event read, the workspace's or not; `lower` when there is none.
    @discardableResult
    func read(after lower: Int, upTo upper: Int? = nil, _ body: (EventRecord) throws -> Void) async throws -> Int {
        var position = lower
        while position < upper ?? .max {
            let events = try await next(after: position)
            guard let first = events.first, let last = events.last else {
                guard let upper else { break }
                throw MalformedMessage("events \(position + 1) to \(upper) of \(Owner.name) are missing")
            }
            guard first.number == position + 1 else {
                throw MalformedMessage("event \(position + 1) of \(Owner.name) is missing")
            }
            for event in events where event.number <= upper ?? .max && event.workspaceID == workspaceID.uuid {
                try body(event)
            }
            position = last.number
        }
        return position
    }

    /// The next events of the workspace's partition.
    private func next(after number: Int) async throws -> [EventRecord] {
        var positions = [Int](repeating: .max, count: EventPartition.count)
        positions[EventPartition.of(workspaceID.uuid)] = number
        return try await asking.ask(
            EventsAfter<Owner>(positions: positions, limit: Self.batchLimit), as: .service("analytics"), within: 30_000
        ).events
    }
}
