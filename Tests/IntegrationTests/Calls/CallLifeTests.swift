import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import Testing

@testable import calls

struct CallLifeTests {
    private let workspace = WorkspaceID(UUID())

    private func begun(_ change: (inout CallFields) -> Void = { _ in }) throws -> NewCall {
        var fields = CallFields()
        fields.phoneNumber = "+1-555-0200"
        change(&fields)
        return try NewCall.recorded(
            RecordCall(id: CallID(UUID()), fields: fields), in: workspace, agentID: nil, at: .now())
    }

    @Test(arguments: CallStore.Form.allCases)
    func `a call is followed from its first ring to its end`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            let call = try begun { fields in
                fields.callerID = "+15550100"
                fields.emotions = ["calm"]
                fields.keyPhrases = ["Billing issue", "refund"]
                fields.summary = "Asked for a refund"
            }
            _ = try await store.calls.store([call])[0].get()
            var stored = try await store.calls.call(call.id, in: workspace)
            #expect(stored.state == call.state && stored.version == 1)
            for status in [CallStatus.ringing, .connected, .completed] {
                var fields = CallFields()
                fields.status = status
                let next = try stored.state.changed(by: fields, at: .now())
                #expect(try await store.calls.replace(stored, by: next, in: workspace, at: .now()))
                stored = try await store.calls.call(call.id, in: workspace)
                #expect(stored.state == next)
            }
            #expect(stored.version == 4 && stored.state.facts.success && stored.state.endedAt != nil)
            #expect(stored.record.details.emotions == ["calm"] && stored.state.facts.phrases.count == 2)
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `a change of what has changed meanwhile is not stored`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            let call = try begun()
            _ = try await store.calls.store([call])[0].get()
            let seen = try await store.calls.call(call.id, in: workspace)
            var fields = CallFields()
            fields.summary = "first"
            #expect(
                try await store.calls.replace(
                    seen, by: seen.state.changed(by: fields, at: .now()), in: workspace, at: .now()))
            fields.summary = "second"
            #expect(
                try await !store.calls.replace(
                    seen, by: seen.state.changed(by: fields, at: .now()), in: workspace, at: .now()))
            #expect(try await store.calls.call(call.id, in: workspace).state.details.summary == "first")
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `a deleted call is gone from reads and lists, and its id is never used again`(form: CallStore.Form)
        async throws
    {
        try await CallStore.with(form) { store in
            let call = try begun()
            _ = try await store.calls.store([call, try begun()])[0].get()
            let stored = try await store.calls.call(call.id, in: workspace)
            #expect(try await store.calls.replace(stored, by: nil, in: workspace, at: .now()))
            await #expect(throws: Fault(.callNotFound)) { try await store.calls.call(call.id, in: workspace) }
            #expect(try await !store.calls.replace(stored, by: nil, in: workspace, at: .now()))
            let page = try await store.calls.page(ListCalls(limit: 10), in: workspace)
            #expect(page.total == 1 && page.calls.count == 1 && page.calls[0].id != call.id)
            let again = await store.calls.store([call])[0]
            #expect((try? again.get())?.isReplayed == true)
            await #expect(throws: Fault(.callNotFound)) { try await store.calls.call(call.id, in: workspace) }
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `lists are filtered by agent, campaign, state and number`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            let (agent, campaign) = (AgentID(UUID()), CampaignID(UUID()))
            let calls = [
                try begun { $0.agentID = agent },
                try begun {
                    $0.agentID = agent
                    $0.campaignID = campaign
                    $0.status = .failed
                },
                try begun { $0.phoneNumber = "+1 (555) 0777" }, try begun { $0.status = .completed },
            ]
            for result in await store.calls.store(calls) { _ = try result.get() }
            func found(_ change: (inout ListCalls) -> Void) async throws -> Set<CallID> {
                var request = ListCalls(limit: 10, texts: .all)
                change(&request)
                let page = try await store.calls.page(request, in: workspace)
                #expect(page.total == page.calls.count)
                return Set(page.calls.map(\.id))
            }
            #expect(try await found { $0.agentID = agent } == [calls[0].id, calls[1].id])
            #expect(try await found { $0.campaignID = campaign } == [calls[1].id])
            #expect(try await found { $0.statuses = [.failed] } == [calls[1].id])
            #expect(try await found { $0.statuses = [.completed] } == [calls[3].id])
            #expect(try await found { $0.statuses = [.initiated] } == [calls[0].id, calls[2].id])
            #expect(try await found { $0.phoneNumber = "+15550777" } == [calls[2].id])
            #expect(try await found { $0.phoneNumber = "nobody" } == [])
        }
    }

    @Test func `a page of long transcripts is cut where they become too many, and goes on from there`() async throws {
        try await CallStore.withPostgres { database, _ in
            let store = CallStore.postgres(database)
            let text = String(repeating: "word ", count: 100_000)
            let calls = try (0..<12).map { _ in try begun { $0.transcript = text } }
            for result in await store.calls.store(calls) { _ = try result.get() }
            var request = ListCalls(limit: 12, texts: .all)
            var seen: [CallID] = []
            repeat {
                let page = try await store.calls.page(request, in: workspace)
                #expect(!page.calls.isEmpty && page.encoded().count < 3 * 1024 * 1024)
                seen += page.calls.map(\.id)
                request.after = page.next
            } while request.after != nil
            #expect(seen.count == 12 && Set(seen) == Set(calls.map(\.id)))
        }
    }

    @Test func `of many who change one call at once all are stored, one after the other`() async throws {
        try await CallStore.withPostgres { database, _ in
            let store = CallStore.postgres(database)
            let call = try begun()
            _ = try await store.calls.store([call])[0].get()
            let workspace = workspace
            let handler = ChangeCallHandler(calls: store.calls, things: .none)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        var fields = CallFields()
                        fields.costMicros = number + 1
                        let caller = Caller.service("test", workspaceID: workspace.uuid)
                        _ = try await handler.handle(ChangeCall(id: call.id, fields: fields), from: caller)
                    }
                }
                try await group.waitForAll()
            }
            let stored = try await store.calls.call(call.id, in: workspace)
            #expect(stored.version == 13)
            let events = try await EventReader(database: database.jobs, schema: "calls").changes
            #expect(events.map(\.version) == Array(1...13))
            for (before, after) in zip(events, events.dropFirst()) { #expect(before.after == after.before) }
        }
    }
}

extension NamedThings {
    /// Nothing of others is named.
    fileprivate static var none: NamedThings {
        NamedThings(
            clients: ClientLookup(
                missing: .clientNotFound, read: { _, _ in nil }, keep: { _ in },
                ask: { _, _ in throw Fault(.clientNotFound) }),
            agents: AgentLookup(
                missing: .agentNotFound, read: { _, _ in nil }, keep: { _ in },
                ask: { _, _ in throw Fault(.agentNotFound) }),
            campaigns: CampaignLookup(
                missing: .campaignNotFound, read: { _, _ in nil }, keep: { _ in },
                ask: { _, _ in throw Fault(.campaignNotFound) }))
    }
}

extension EventReader {
    /// All changes of calls, in order.
    fileprivate var changes: [CallChanged] {
        get async throws {
            let positions = [Int](repeating: 0, count: EventPartition.count)
            return try await answer(
                EventsAfter<CallsEvents>(positions: positions, limit: 1000), from: .service("test")
            ).events.compactMap { try $0.event(CallChanged.self) }
        }
    }
}
