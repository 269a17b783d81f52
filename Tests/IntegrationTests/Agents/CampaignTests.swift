import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

@testable import agents

@Suite struct `Campaigns in PostgreSQL` {
    @Test func `come back as they were stored, with their events`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.draft(120) { $0.endTime = Timestamp.now().adding(seconds: 3600) }
            let view = try #require(try await bench.campaigns.find(id, in: bench.workspaceID))
            #expect(view.campaign.counts == CampaignCounts(total: 120, pending: 120))
            #expect(view.firstNumbers == (0..<100).map { "+1555\(1_000_000 + $0)" })
            try await bench.launch(id)
            let again = try await bench.launch(id)
            #expect(again.version == 2)
            try await bench.pause(id)
            let reader = EventReader(database: bench.agents.jobs, schema: "agents")
            let zero = [Int](repeating: 0, count: EventPartition.count)
            let changes = try await reader.events(after: zero, limit: 100).compactMap {
                try $0.event(CampaignChanged.self)
            }
            #expect(changes.map(\.after.status) == [.draft, .active, .paused])
            #expect(changes.map(\.before?.status) == [nil, .draft, .active])
        }
    }

    @Test func `are launched once by many at once`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.draft(1)
            let versions = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 { group.addTask { try await bench.launch(id).version } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(versions == [2])
        }
    }

    @Test func `take a hundred thousand numbers, and show any of them`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.draft(100_000)
            var cursor = PageCursor(at: .now(), id: PageCursor.newest.id)
            for _ in 0..<3 {
                let page = try await bench.numbers.page(
                    ListCampaignNumbers(campaignID: id, limit: 1000, after: cursor), in: bench.workspaceID)
                cursor = try #require(page.next)
                #expect(page.total == 100_000 && page.numbers.count == 1000)
            }
            let launch = try await bench.launch(id)
            #expect(launch.status == .active)
            let attempts = try await bench.take(id, atMost: 128, bench.terms())
            #expect(attempts.count == 10)
        }
    }

    @Test func `take more numbers later, each once, until they are completed`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(3)
            let given = GivenNumbers(sorting: [
                GivenNumber(line: 1, text: "+15551000001"), GivenNumber(line: 2, text: "+15559999999"),
                GivenNumber(line: 3, text: "none"),
            ])
            func add() async throws -> AddedNumbers {
                try await bench.numbers.add(given, to: id, under: .sample(1), at: .now(), in: bench.workspaceID).value
            }
            let added = try await add()
            #expect(added.added == 1 && added.duplicates == 1 && added.rejected.map(\.line) == [3])
            #expect(try await add() == added)
            #expect(try await bench.campaign(id).counts.total == 4)
            #expect(try await bench.numbers(of: id).first?.phoneNumber == "+15559999999")
            _ = try await bench.campaigns.change(id, in: bench.workspaceID) { campaign, _ in
                var campaign = campaign
                campaign.status = .completed
                campaign.version += 1
                return campaign
            }
            let code = await faultCode {
                try await bench.numbers.add(given, to: id, under: nil, at: .now(), in: bench.workspaceID)
            }
            #expect(code == .campaignRunning)
        }
    }

    @Test func `replace the numbers of a draft`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.draft(5)
            let handler = ChangeCampaignHandler(campaigns: bench.campaigns, announce: { _ in })
            let caller = Caller.service("test", workspaceID: bench.workspaceID.uuid)
            let request = UpdateCampaign(id: id, fields: CampaignFields(), phoneNumbers: ["+15550001", "+1 555 0001"])
            let view = try await handler.handle(request, from: caller)
            #expect(view.firstNumbers == ["+15550001"] && view.campaign.counts.total == 1)
            #expect(view.campaign.version == 2)
            try await bench.launch(id)
            #expect(await faultCode { try await handler.handle(request, from: caller) } == .campaignRunning)
        }
    }

    @Test func `keep their agent from being deleted while they are active`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(1)
            let agents = PostgresAgentRepository(store: bench.store)
            func delete() async -> FaultCode? {
                await faultCode {
                    try await agents.change(bench.agentID, under: nil, in: bench.workspaceID) {
                        Agent.deleted($0, at: .now())
                    }
                }
            }
            #expect(await delete() == .agentInUse)
            try await bench.pause(id)
            #expect(await delete() == nil)
            #expect(await faultCode { try await bench.launch(id) } == .campaignNotLaunchable)
        }
    }

    @Test func `that are active have their numbers counted as due`() async throws {
        try await DialBench.with { bench in
            func due(in workspaceID: WorkspaceID? = nil) async throws -> Int {
                try await bench.campaigns.countDue(in: workspaceID ?? bench.workspaceID)
            }
            _ = try await bench.draft(4)
            #expect(try await due() == 0)
            let id = try await bench.launched(3)
            _ = try await bench.launched(2)
            _ = try await bench.launched(9) { $0.startTime = Timestamp.now().adding(seconds: 3600) }
            #expect(try await due() == 5)
            #expect(try await due(in: WorkspaceID(UUID())) == 0)
            try await bench.pause(id)
            #expect(try await due() == 2)
        }
    }

    @Test func `are strangers to another workspace`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.draft(3)
            let stranger = WorkspaceID(UUID())
            #expect(try await bench.campaigns.find(id, in: stranger) == nil)
            #expect(try await bench.campaigns.page(ListCampaigns(limit: 10), in: stranger).total == 0)
            let request = ListCampaignNumbers(campaignID: id, limit: 10)
            #expect(await faultCode { try await bench.numbers.page(request, in: stranger) } == .campaignNotFound)
            #expect(await faultCode { try await bench.draft(1, in: stranger) } == .agentNotFound)
        }
    }

    @Test func `start and end when it is time`() async throws {
        try await DialBench.with { bench in
            let id = try await bench.launched(2) {
                $0.startTime = Timestamp.now().adding(seconds: 3600)
                $0.endTime = Timestamp.now().adding(seconds: 7200)
            }
            func replan(_ change: @Sendable @escaping (inout CampaignPlan) -> Void) async throws {
                _ = try await bench.campaigns.change(id, in: bench.workspaceID) { campaign, _ in
                    var campaign = campaign
                    change(&campaign.plan)
                    campaign.version += 1
                    return campaign
                }
            }
            func isReached(_ status: CampaignStatus) async throws -> Bool {
                let deadline = ContinuousClock.now + .seconds(30)
                while try await bench.campaign(id).status != status {
                    guard ContinuousClock.now < deadline else { return false }
                    try await Task.sleep(for: .milliseconds(20))
                }
                return true
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                let scheduler = CampaignScheduler(
                    campaigns: bench.campaigns, announce: { _ in }, wake: {}, logger: silentLogger)
                group.addTask { try await scheduler.run() }
                try await scheduler.advance()
                #expect(try await bench.campaign(id).status == .scheduled)
                try await replan { $0.startTime = .now() }
                #expect(try await isReached(.active))
                try await replan { $0.endTime = .now() }
                #expect(try await isReached(.completed))
                group.cancelAll()
            }
            let numbers = try await bench.numbers(of: id)
            #expect(numbers.allSatisfy { $0.state == .failed && $0.reason == "window_ended" })
            try await bench.expectCountsFit(id)
        }
    }
}
