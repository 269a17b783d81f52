import Bus
import Contracts
import EventLog

/// The feeds in memory, for unit tests: the same rules without a database.
actor MemoryFeedRepository: FeedRepository {
    private var feeds: [WorkspaceID: [FeedEntry]] = [:]
    private var counts: [WorkspaceID: Int] = [:]
    private var documents: [FeedChange.DocumentKey: FeedPage.Document] = [:]
    private var positions: [String: [Int]] = [:]

    func feedPositions(in owner: String) -> [Int] {
        positions[owner] ?? [Int](repeating: 0, count: EventPartition.count)
    }

    func append(
        _ change: FeedChange, of batch: [EventRecord], owner: String, from expected: [Int], at now: Timestamp
    ) throws -> [FeedHeads.Head] {
        let current = feedPositions(in: owner)
        guard batch.allSatisfy({ current[$0.partition] == expected[$0.partition] }) else { throw EventPositionsMoved() }
        for (key, document) in change.documents { documents[key] = document }
        for (workspaceID, facts) in change.facts {
            let before = counts[workspaceID] ?? 0
            feeds[workspaceID, default: []] += facts.enumerated().map {
                FeedEntry(number: before + $0.offset + 1, at: now, fact: $0.element)
            }
            counts[workspaceID] = before + facts.count
        }
        positions[owner] = current.advanced(past: batch)
        return heads(of: Array(change.facts.keys))
    }

    func page(of workspaceID: WorkspaceID, after number: Int, limit: Int) -> FeedPage {
        let head = counts[workspaceID] ?? 0
        let feed = feeds[workspaceID] ?? []
        let entries = Array(feed.filter { $0.number > number }.prefix(limit))
        let ids = Set(entries.compactMap { if case .document(let id, _, _) = $0.fact { id } else { nil } })
        return FeedPage(
            entries: entries,
            documents: ids.compactMap { documents[FeedChange.DocumentKey(workspaceID: workspaceID, id: $0)] },
            head: head, oldest: feed.first?.number ?? head + 1)
    }

    func heads(of workspaceIDs: [WorkspaceID]) -> [FeedHeads.Head] {
        workspaceIDs.compactMap { id in counts[id].map { FeedHeads.Head(workspaceID: id, number: $0) } }
    }

    func trim(to bounds: FeedBounds, at now: Timestamp) -> Int {
        let horizon = now.adding(seconds: -3600 * bounds.hours)
        var sum = 0
        for (workspaceID, feed) in feeds {
            let first = (counts[workspaceID] ?? 0) - bounds.entries
            let kept = feed.filter { $0.number > first && $0.at >= horizon }
            sum += feed.count - kept.count
            feeds[workspaceID] = kept
        }
        return sum
    }
}
