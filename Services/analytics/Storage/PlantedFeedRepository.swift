import Bus
import Contracts
import EventLog
import Postgres
import ServiceRuntime

/// Keeps feeds with a mistake that the fault tests must catch; see `PlantedBugs`.
struct PlantedFeedRepository: FeedRepository {
    private let feeds: PostgresFeedRepository

    /// Nil unless such a mistake is planted.
    init?(feeds: PostgresFeedRepository) {
        guard PlantedBugs.movesFeedHeadsApart || PlantedBugs.movesFeedPositionsApart else { return nil }
        self.feeds = feeds
    }

    func append(
        _ change: FeedChange, of batch: [EventRecord], owner: String, from expected: [Int], at now: Timestamp
    ) async throws -> [FeedHeads.Head] {
        guard PlantedBugs.movesFeedPositionsApart else {
            return try await appendBelowMovedHeads(change, of: batch, owner: owner, from: expected, at: now)
        }
        let grown = try await feeds.append(change, of: [], owner: owner, from: expected, at: now)
        if !change.facts.isEmpty { try await Failpoint.hit("analytics.feed-apart") }
        _ = try await feeds.append(try FeedChange(of: []), of: batch, owner: owner, from: expected, at: now)
        return grown
    }

    private func appendBelowMovedHeads(
        _ change: FeedChange, of batch: [EventRecord], owner: String, from expected: [Int], at now: Timestamp
    ) async throws -> [FeedHeads.Head] {
        let facts = change.facts.sorted { $0.key.uuid < $1.key.uuid }
        let rows = try await feeds.jobs.query(
            """
            INSERT INTO analytics.feed_heads AS kept (workspace_id, number)
            SELECT * FROM unnest(\(facts.map(\.key)), \(facts.map(\.value.count)))
            ON CONFLICT (workspace_id) DO UPDATE SET number = kept.number + excluded.number
            RETURNING workspace_id, number
            """)
        let grown = try rows.map { FeedHeads.Head(workspaceID: try $0[0], number: try $0[1]) }
        if !facts.isEmpty { try await Failpoint.hit("analytics.feed-apart") }
        let positions = EventPositions(schema: "analytics", owner: "\(owner)-feed")
        try await feeds.jobs.transaction { transaction in
            try await positions.lock(for: batch, at: expected, in: transaction)
            for head in grown {
                let added = change.facts[head.workspaceID] ?? []
                try await transaction.query(
                    """
                    INSERT INTO analytics.feed (workspace_id, last_number, first_number, entries, created_at)
                    VALUES (\(head.workspaceID), \(head.number), \(head.number - added.count + 1),
                        \(FeedChunk.encoded(added)), \(now))
                    """)
            }
            try await positions.move(past: batch, from: expected, in: transaction)
        }
        return grown
    }

    func feedPositions(in owner: String) async throws -> [Int] { try await feeds.feedPositions(in: owner) }

    func page(of workspaceID: WorkspaceID, after number: Int, limit: Int) async throws -> FeedPage {
        try await feeds.page(of: workspaceID, after: number, limit: limit)
    }

    func heads(of workspaceIDs: [WorkspaceID]) async throws -> [FeedHeads.Head] {
        try await feeds.heads(of: workspaceIDs)
    }

    func trim(to bounds: FeedBounds, at now: Timestamp) async throws -> Int {
        try await feeds.trim(to: bounds, at: now)
    }
}
