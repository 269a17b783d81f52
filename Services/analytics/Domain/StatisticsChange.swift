import Bus
import Contracts

/// What a batch of events does to the statistics, summed up.
struct StatisticsChange: Sendable, Equatable {
    var rollup = Rollup()
    /// How many active clients each workspace gains, or loses below zero.
    var clients: [WorkspaceID: Int] = [:]

    init() {}

    /// Takes in an event; kinds that statistics know nothing of change nothing.
    /// - Throws: `MalformedMessage` for a known kind with another content.
    mutating func add(_ record: EventRecord) throws {
        let workspaceID = WorkspaceID(record.workspaceID)
        if let change = try record.event(CallChanged.self) {
            rollup.apply(change, in: workspaceID)
        } else if let change = try record.event(ClientChanged.self) {
            let gain = (change.after.isActive ? 1 : 0) - (change.before?.isActive == true ? 1 : 0)
            if gain != 0 { clients[workspaceID, default: 0] += gain }
        }
    }

    /// - Throws: `MalformedMessage`.
    init(of batch: [EventRecord]) throws {
        for record in batch { try add(record) }
    }
}
