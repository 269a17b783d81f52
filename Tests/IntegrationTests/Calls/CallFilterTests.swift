import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import calls

/// Filters of lists that look at more than one state or at the channel, and the last calls of agents.
struct CallFilterTests {
    private let workspace = WorkspaceID(UUID())

    private func begun(
        at text: String = "2026-03-01T12:00:00Z", in workspaceID: WorkspaceID? = nil, channel: CallChannel = .phone,
        _ change: (inout CallFields) -> Void = { _ in }
    ) throws -> NewCall {
        var fields = CallFields()
        fields.phoneNumber = "+1-555-0200"
        change(&fields)
        let call = try NewCall.recorded(
            RecordCall(id: CallID(UUID()), fields: fields, createdAt: Timestamp(text: text)),
            in: workspaceID ?? workspace, agentID: nil, at: .now())
        var state = call.state
        state.facts.channel = channel
        return NewCall(
            workspaceID: call.workspaceID, id: call.id, keyID: nil, fingerprint: call.fingerprint, state: state)
    }

    @Test(arguments: CallStore.Form.allCases)
    func `several states and a channel are found together`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            let calls = try CallStatus.allCases.flatMap { status in
                try CallChannel.allCases.map { channel in try begun(channel: channel) { $0.status = status } }
            }
            for result in await store.calls.store(calls) { _ = try result.get() }
            for channel in CallChannel.allCases.map({ Optional($0) }) + [nil] {
                for statuses: [CallStatus] in [
                    [], [.completed], [.failed], [.initiated, .ringing, .connected], [.completed, .failed],
                ] {
                    let page = try await store.calls.page(
                        ListCalls(limit: 20, statuses: statuses, channel: channel), in: workspace)
                    let expected = calls.filter {
                        (statuses.isEmpty || statuses.contains($0.facts.status))
                            && (channel == nil || $0.facts.channel == channel)
                    }
                    #expect(Set(page.calls.map(\.id)) == Set(expected.map(\.id)), "\(statuses)")
                    #expect(page.total == expected.count, "\(statuses)")
                }
            }
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `the last call of each agent is told in the order of the agents`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            let agents = (0..<3).map { _ in AgentID(UUID()) }
            let stranger = WorkspaceID(UUID())
            let calls = [
                try begun(at: "2026-03-01T12:00:00Z") { $0.agentID = agents[0] },
                try begun(at: "2026-03-05T12:00:00Z") { $0.agentID = agents[0] },
                try begun(at: "2026-03-03T12:00:00Z") { $0.agentID = agents[0] },
                try begun(at: "2026-03-02T12:00:00Z") { $0.agentID = agents[2] },
                try begun(at: "2026-03-04T12:00:00Z") { $0.agentID = agents[2] },
                try begun(at: "2026-03-09T12:00:00Z", in: stranger) { $0.agentID = agents[1] },
            ]
            for call in calls { _ = try await store.calls.store([call])[0].get() }
            let last = try await store.calls.lastCalls(of: [agents[2], agents[1], agents[0]], in: workspace)
            #expect(last.map { $0?.text } == ["2026-03-04T12:00:00Z", nil, "2026-03-05T12:00:00Z"])
            let newest = try await store.calls.call(calls[4].id, in: workspace)
            #expect(try await store.calls.replace(newest, by: nil, in: workspace, at: .now()))
            #expect(
                try await store.calls.lastCalls(of: [agents[2]], in: workspace).first??.text == "2026-03-02T12:00:00Z")
            #expect(try await store.calls.lastCalls(of: [], in: workspace).isEmpty)
        }
    }

    @Test func `at most a thousand agents are asked for at a time`() async throws {
        let handler = ReadCallsHandler(calls: InMemoryCallRepository())
        let caller = Caller.service("test", workspaceID: workspace.uuid)
        let many = ListLastCalls(agentIDs: (0...1000).map { _ in AgentID(UUID()) })
        #expect(await faultCode { try await handler.handle(many, from: caller) } == .inputInvalid)
    }

    @Test func `a call shows its agent's name, in lists too`() async throws {
        try await CallStore.withPostgres { database, _ in
            let store = CallStore.postgres(database)
            let agent = AgentID(UUID())
            try await PostgresAgentCopyRepository(database: database.database).keep(
                AgentCopy(workspaceID: workspace, id: agent, name: "Ada", isActive: true, version: 1))
            let calls = [try begun { $0.agentID = agent }, try begun()]
            for result in await store.calls.store(calls) { _ = try result.get() }
            #expect(try await store.calls.call(calls[0].id, in: workspace).record.agentName == "Ada")
            let page = try await store.calls.page(ListCalls(limit: 10), in: workspace)
            #expect(page.calls.compactMap(\.agentName) == ["Ada"] && page.calls.count == 2)
        }
    }

    @Test func `chats are read through their own index`() async throws {
        try await CallStore.withPostgres { database, owner in
            let store = CallStore.postgres(database)
            for start in [0, 400] {
                let calls = try (start..<start + 400).map { number in
                    try begun(at: "2026-03-01T12:00:00Z", channel: number % 100 == 0 ? .chat : .phone)
                }
                for result in await store.calls.store(calls) { _ = try result.get() }
            }
            try await owner.query("ANALYZE calls.calls")
            let plan = try await owner.query(
                """
                EXPLAIN SELECT id FROM calls.calls WHERE workspace_id = \(workspace) AND deleted_at IS NULL
                    AND channel = 'chat' ORDER BY created_at DESC, id DESC LIMIT 20
                """)
            let lines: [String] = try plan.map { try $0[0] }
            #expect(lines.contains { $0.contains("calls_newest_chats") }, "\(lines)")
        }
    }
}
