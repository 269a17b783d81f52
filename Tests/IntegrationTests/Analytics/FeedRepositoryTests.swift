import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

@testable import analytics

/// The stores that the same suite runs on.
enum FeedStore: CaseIterable {
    case memory
    case postgres

    func with(_ body: (any FeedRepository) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryFeedRepository())
        case .postgres: try await Self.inPostgres { feeds, _ in try await body(feeds) }
        }
    }

    static func inPostgres(_ body: (PostgresFeedRepository, _ owner: Database) async throws -> Void) async throws {
        try await ServiceDatabase.with([.forAnalytics]) { services, owner in
            let analytics = try #require(services["analytics"])
            try await body(PostgresFeedRepository(database: analytics.database, jobs: analytics.jobs), owner)
        }
    }
}

@Suite struct `Kept feeds` {
    private let nothing = [Int](repeating: 0, count: EventPartition.count)
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private func workspace(_ partition: UInt8) -> WorkspaceID {
        var bytes = UUID().uuid
        bytes.15 = bytes.15 & 0xF0 | partition
        return WorkspaceID(UUID(uuid: bytes))
    }

    private func turn(_ number: Int, _ workspaceID: WorkspaceID, turn: Int) -> EventRecord {
        record(
            number, workspaceID,
            TurnAdded(
                callID: CallID(UUID()), agentID: nil, number: turn, speaker: .agent, at: now, escalates: false))
    }

    private func record<Event: LoggedEvent>(
        _ number: Int, _ workspaceID: WorkspaceID, _ event: Event
    ) -> EventRecord {
        EventRecord(
            partition: EventPartition.of(workspaceID.uuid), number: number, workspaceID: workspaceID.uuid,
            kind: Event.kind, payload: event.encoded())
    }

    private func turns(_ entries: [FeedEntry]) -> [Int] {
        entries.compactMap { if case .turnAdded(_, let turn) = $0.fact { turn } else { nil } }
    }

    @Test(arguments: FeedStore.allCases)
    func `are numbered without a gap, each workspace for itself`(store: FeedStore) async throws {
        try await store.with { feeds in
            let (first, second) = (workspace(3), workspace(3))
            let empty = try await feeds.page(of: first, after: 0, limit: 10)
            #expect(empty == FeedPage(entries: [], head: 0, oldest: 1))
            var positions = nothing
            for round in 0..<4 {
                let batch = (1...300).map { turn(300 * round + $0, $0 % 3 == 0 ? second : first, turn: $0) }
                let grown = try await feeds.append(
                    try FeedChange(of: batch), of: batch, owner: "calls", from: positions, at: now)
                #expect(Set(grown.map(\.workspaceID)) == [first, second])
                positions = positions.advanced(past: batch)
            }
            #expect(try await feeds.feedPositions(in: "calls") == positions)
            let all = try await feeds.page(of: first, after: 0, limit: 1000)
            #expect(all.head == 800 && all.oldest == 1)
            #expect(all.entries.map(\.number) == Array(1...800))
            #expect(turns(all.entries).prefix(4) == [1, 2, 4, 5])
            let part = try await feeds.page(of: first, after: 199, limit: 7)
            #expect(part.entries.map(\.number) == Array(200...206) && part.head == 800)
            #expect(try await feeds.page(of: first, after: 800, limit: 7).entries == [])
            let ends = try await feeds.page(of: first, after: 5, limit: 0)
            #expect(ends == FeedPage(entries: [], head: 800, oldest: 1))
            let heads = try await feeds.heads(of: [first, second, workspace(1)])
            let numbers = Dictionary(uniqueKeysWithValues: heads.map { ($0.workspaceID, $0.number) })
            #expect(numbers == [first: 800, second: 400])
        }
    }

    @Test(arguments: FeedStore.allCases)
    func `take a batch once`(store: FeedStore) async throws {
        try await store.with { feeds in
            let workspaceID = workspace(5)
            let batch = [turn(1, workspaceID, turn: 1)]
            let change = try FeedChange(of: batch)
            _ = try await feeds.append(change, of: batch, owner: "calls", from: nothing, at: now)
            await #expect(throws: EventPositionsMoved.self) {
                _ = try await feeds.append(change, of: batch, owner: "calls", from: nothing, at: now)
            }
            // The log of another owner has positions of its own.
            _ = try await feeds.append(change, of: batch, owner: "agents", from: nothing, at: now)
            #expect(try await feeds.page(of: workspaceID, after: 0, limit: 10).head == 2)
        }
    }

    @Test(arguments: FeedStore.allCases)
    func `know what documents are called until they are deleted`(store: FeedStore) async throws {
        try await store.with { feeds in
            let (workspaceID, id) = (workspace(7), DocumentID(UUID()))
            func change(_ number: Int, _ name: String, _ status: DocumentStatus?) async throws {
                let batch = [
                    record(
                        number, workspaceID,
                        DocumentChanged(id: id, name: name, status: status, progressPercent: 50, reason: "why"))
                ]
                var positions = nothing
                positions[EventPartition.of(workspaceID.uuid)] = number - 1
                _ = try await feeds.append(
                    try FeedChange(of: batch), of: batch, owner: "agents", from: positions, at: now)
            }
            try await change(1, "a.pdf", .pending)
            try await change(2, "b.pdf", .failed)
            let page = try await feeds.page(of: workspaceID, after: 0, limit: 10)
            #expect(page.documents == [FeedPage.Document(id: id, name: "b.pdf", reason: "why")])
            #expect(page.entries.map(\.fact).last == .document(id, .failed, progressPercent: 50))
            try await change(3, "b.pdf", nil)
            let after = try await feeds.page(of: workspaceID, after: 0, limit: 10)
            #expect(after.documents == [] && after.entries.count == 2)
        }
    }

    @Test(arguments: FeedStore.allCases)
    func `are cut to their bounds from the oldest on`(store: FeedStore) async throws {
        try await store.with { feeds in
            let workspaceID = workspace(2)
            var positions = nothing
            for round in 0..<5 {
                let batch = (1...100).map { turn(100 * round + $0, workspaceID, turn: $0) }
                _ = try await feeds.append(
                    try FeedChange(of: batch), of: batch, owner: "calls", from: positions,
                    at: now.adding(seconds: 3600 * round))
                positions = positions.advanced(past: batch)
            }
            func trim(_ bounds: FeedBounds) async throws -> (count: Int, oldest: Int) {
                let count = try await feeds.trim(to: bounds, at: now.adding(seconds: 4 * 3600))
                return (count, try await feeds.page(of: workspaceID, after: 0, limit: 1).oldest)
            }
            #expect(try await trim(FeedBounds(hours: 24, entries: 500)) == (0, 1))
            #expect(try await trim(FeedBounds(hours: 24, entries: 300)) == (200, 201))
            #expect(try await trim(FeedBounds(hours: 1, entries: 300)) == (100, 301))
            let rest = try await feeds.page(of: workspaceID, after: 300, limit: 1000)
            #expect(rest.entries.map(\.number) == Array(301...500))
            #expect(try await trim(FeedBounds(hours: 0, entries: 300)).oldest > 301)
        }
    }

    @Test func `of another workspace are not visible, whatever a statement forgets`() async throws {
        try await FeedStore.inPostgres { feeds, _ in
            let (mine, theirs) = (workspace(4), workspace(4))
            let batch = [turn(1, mine, turn: 1), turn(2, theirs, turn: 1)]
            _ = try await feeds.append(try FeedChange(of: batch), of: batch, owner: "calls", from: nothing, at: now)
            for table in ["feed", "feed_heads"] {
                let rows = try await feeds.database.query(
                    "SELECT workspace_id FROM analytics.\(unsafe: table)", workspaces: [mine.uuid])
                #expect(try rows.map { try $0[0] as UUID } == [mine.uuid])
                #expect(try await feeds.database.query("SELECT 1 FROM analytics.\(unsafe: table)").isEmpty)
            }
        }
    }

    @Test func `that two owners' followers write at a time stay without a gap`() async throws {
        try await FeedStore.inPostgres { feeds, _ in
            let workspaces = (0..<4).map { _ in workspace(6) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for owner in ["calls", "agents"] {
                    group.addTask {
                        var positions = nothing
                        for round in 0..<20 {
                            let batch = (1...8).map { turn(8 * round + $0, workspaces[$0 % 4], turn: $0) }
                            _ = try await feeds.append(
                                try FeedChange(of: batch), of: batch, owner: owner, from: positions, at: now)
                            positions = positions.advanced(past: batch)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for workspaceID in workspaces {
                let page = try await feeds.page(of: workspaceID, after: 0, limit: 1000)
                #expect(page.entries.map(\.number) == Array(1...80) && page.head == 80)
            }
        }
    }
}
