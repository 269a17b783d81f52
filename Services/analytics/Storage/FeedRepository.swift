import Bus
import Contracts

/// Where the feeds are kept, together with how far the events are worked into them.
protocol FeedRepository: Sendable {
    /// How far an owner's log is worked in: the last number of each partition, 0 where nothing was.
    func feedPositions(in owner: String) async throws -> [Int]

    /// Works in a batch of an owner's log: what it adds and the new positions, together or not at all.
    /// - Parameter expected: the positions that the batch goes on from.
    /// - Returns: the feeds that have grown.
    /// - Throws: `EventPositionsMoved` when somebody else has worked on these events meanwhile.
    func append(
        _ change: FeedChange, of batch: [EventRecord], owner: String, from expected: [Int], at now: Timestamp
    ) async throws -> [FeedHeads.Head]

    /// Entries after a number in order, and both ends.
    func page(of workspaceID: WorkspaceID, after number: Int, limit: Int) async throws -> FeedPage

    func heads(of workspaceIDs: [WorkspaceID]) async throws -> [FeedHeads.Head]

    /// Forgets what is beyond the bounds, in bounded steps.
    /// - Returns: how many entries.
    func trim(to bounds: FeedBounds, at now: Timestamp) async throws -> Int
}
