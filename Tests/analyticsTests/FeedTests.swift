import Bus
import Contracts
import EventLog
import Foundation
import Testing

@testable import analytics

@Suite struct `What events add to the feed` {
    private let id = CallID(UUID())
    private let agentID = AgentID(UUID())

    private func facts(
        _ status: CallStatus, channel: CallChannel = .phone, success: Bool = true
    ) -> CallFacts {
        CallFacts(
            clientID: nil, agentID: agentID, campaignID: nil, channel: channel, status: status, success: success,
            sentiment: .neutral, durationMS: 0, latencies: ComponentLatencies(), costMicros: 0, endCategory: nil,
            isSimulated: false, createdAt: Timestamp(microseconds: 0))
    }

    private func of(_ before: CallFacts?, _ after: CallFacts?) -> [FeedFact] {
        FeedFact.of(CallChanged(id: id, version: 1, before: before, after: after))
    }

    private func activity(_ kind: FeedActivity.Kind, _ outcome: FeedActivity.Outcome) -> FeedFact {
        .activity(FeedActivity(kind: kind, outcome: outcome, callID: id, agentID: agentID))
    }

    @Test func `a call that begins, goes on and ends`() {
        #expect(of(nil, facts(.initiated)) == [.conversationStarted(id), activity(.callStarted, .info)])
        let chat = of(nil, facts(.connected, channel: .chat))
        #expect(chat == [.conversationStarted(id), activity(.chatStarted, .info)])
        #expect(of(facts(.initiated), facts(.connected)) == [])
        #expect(
            of(facts(.connected), facts(.completed))
                == [.conversationEnded(id), .callLogged(id), activity(.callEnded, .success)])
        #expect(
            of(facts(.connected, channel: .chat), facts(.completed, channel: .chat, success: false))
                == [.conversationEnded(id), .callLogged(id), activity(.chatEnded, .warning)])
        #expect(
            of(facts(.ringing), facts(.failed))
                == [.conversationEnded(id), .callLogged(id), activity(.callEnded, .error)])
    }

    @Test func `a call that is logged when it has ended, changed later, deleted`() {
        #expect(of(nil, facts(.completed)) == [.callLogged(id), activity(.callEnded, .success)])
        #expect(of(facts(.completed), facts(.completed, success: false)) == [])
        #expect(of(facts(.completed), nil) == [])
        #expect(of(facts(.connected), nil) == [.conversationEnded(id)])
    }

    @Test func `a turn, and one with which a human is asked for`() {
        func of(escalates: Bool) -> [FeedFact] {
            FeedFact.of(
                TurnAdded(
                    callID: id, agentID: agentID, number: 3, speaker: .customer, at: .now(), escalates: escalates))
        }
        #expect(of(escalates: false) == [.turnAdded(id, turn: 3)])
        #expect(of(escalates: true) == [.turnAdded(id, turn: 3), activity(.escalation, .warning)])
    }

    @Test func `an agent whose status changes`() {
        func agent(_ status: AgentStatus, isDeleted: Bool = false) -> AgentRecord {
            AgentRecord(
                id: agentID, name: "Ada", description: "", status: status, setup: AgentSetup(), createdBy: nil,
                createdAt: .now(), updatedAt: .now(), version: 1, isDeleted: isDeleted)
        }
        func of(_ before: AgentRecord?, _ after: AgentRecord) -> [FeedFact] {
            FeedFact.of(AgentChanged(before: before, after: after))
        }
        let activated = FeedFact.activity(
            FeedActivity(kind: .agentActivated, outcome: .success, agentID: agentID))
        #expect(of(nil, agent(.draft)) == [.agentStatus(agentID, .draft)])
        #expect(of(agent(.draft), agent(.active)) == [.agentStatus(agentID, .active), activated])
        #expect(of(agent(.active), agent(.active)) == [])
        #expect(of(agent(.active), agent(.paused)) == [.agentStatus(agentID, .paused)])
        #expect(of(agent(.active), agent(.archived, isDeleted: true)) == [])
    }

    @Test func `each keeps its form`() throws {
        let document = DocumentID(UUID())
        let facts: [FeedFact] =
            [
                .conversationStarted(id), .turnAdded(id, turn: 7), .conversationEnded(id), .callLogged(id),
                .agentStatus(agentID, .paused), .document(document, .failed, progressPercent: 40),
            ]
            + FeedActivity.Kind.allCases.map { activity($0, .warning) }
        let now = Timestamp.now()
        let entries = try FeedChunk.entries(of: FeedChunk.encoded(facts), from: 5, at: now)
        #expect(entries.map(\.fact) == facts && entries.map(\.number) == Array(5..<5 + facts.count))
        #expect(entries.allSatisfy { $0.at == now })
        let page = FeedPage(
            entries: entries, documents: [.init(id: document, name: "a", reason: nil)], head: 9, oldest: 1)
        #expect(try FeedPage.decoded(from: page.encoded()) == page)
        #expect(throws: MalformedMessage.self) { try FeedChunk.entries(of: [9, 0, 0, 0, 0], from: 1, at: now) }
        #expect(throws: MalformedMessage.self) { try FeedChunk.entries(of: [], from: 1, at: now) }
    }
}

@Suite struct `Following the events into the feeds` {
    @Test func `adds each once, however many processes do it, and says how far they go`() async throws {
        let (owners, feeds) = (OwnersDouble(), MemoryFeedRepository())
        let heard = HeardHeads()
        owners.bus.subscribe(to: FeedsGrown.self, missed: {}, { heard.add($0) })
        var generator = SeededGenerator(seed: 9)
        let cast = Cast(&generator)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                let follower = FeedFollower(
                    of: CallsEvents.self, bus: owners.bus, feeds: feeds, logger: silentLogger, restMS: 1, busyRestMS: 1,
                    limit: 50)
                group.addTask { try await follower.run() }
            }
            for _ in 0..<50 {
                owners.change { for _ in 0..<10 { $0.change(cast, &generator) } }
                try await Task.sleep(for: .milliseconds(2))
            }
            let deadline = Deadline.after(milliseconds: 20_000)
            while await feeds.feedPositions(in: "calls") != owners.positions {
                try #require(!deadline.hasPassed)
                try await Task.sleep(for: .milliseconds(5))
            }
            group.cancelAll()
        }
        for workspaceID in cast.workspaces {
            let expected = try owners.records.filter { $0.workspaceID == workspaceID.uuid }
                .flatMap { try $0.event(CallChanged.self).map(FeedFact.of) ?? [] }
            let page = await feeds.page(of: workspaceID, after: 0, limit: .max)
            #expect(page.entries.map(\.fact) == expected && !expected.isEmpty)
            #expect(page.entries.map(\.number) == Array(1...expected.count))
            #expect(heard.heads[workspaceID] == expected.count)
        }
    }

    private final class HeardHeads: @unchecked Sendable {
        private let lock = NSLock()
        private var last: [WorkspaceID: Int] = [:]

        var heads: [WorkspaceID: Int] { lock.withLock { last } }

        func add(_ news: FeedsGrown) {
            lock.withLock {
                for head in news.heads { last[head.workspaceID] = max(head.number, last[head.workspaceID] ?? 0) }
            }
        }
    }

    @Test func `only a service asks how far others go`() async throws {
        let handler = ReadFeedHandler(feeds: MemoryFeedRepository())
        let request = ListFeedHeads(workspaceIDs: [WorkspaceID(UUID())])
        await #expect(throws: Fault.self) {
            try await handler.handle(request, from: Caller(identity: .apiKey(UUID()), workspaceID: UUID()))
        }
        #expect(try await handler.handle(request, from: .service("gateway")).heads == [])
        await #expect(throws: Fault.self) {
            try await handler.handle(ReadFeed(after: 0, limit: 1), from: .service("gateway"))
        }
        let many = ListFeedHeads(workspaceIDs: (0..<1001).map { _ in WorkspaceID(UUID()) })
        await #expect(throws: Fault.self) { try await handler.handle(many, from: .service("gateway")) }
    }
}
