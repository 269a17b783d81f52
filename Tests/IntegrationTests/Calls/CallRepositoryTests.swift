import Bus
import Contracts
import Foundation
import Testing

@testable import calls

/// What every form of the call repository does.
struct CallRepositoryTests {
    private let workspace = WorkspaceID(UUID())
    private let client = ClientID(UUID())

    private func keepClient(_ store: CallStore, version: Int = 1, name: String = "Dental") async throws {
        try await store.clients.keep(
            ClientCopy(
                workspaceID: workspace, id: client, name: name, phoneNumber: "+1-555-0100", agentID: nil,
                isActive: true,
                version: version))
    }

    @Test(arguments: CallStore.Form.allCases)
    func `a stored call is read back whole, with its client's name`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            try await keepClient(store)
            let call = try NewCall.sample(in: workspace, client: client)
            #expect(try await store.calls.store([call])[0].get() == call.logged(isReplayed: false))
            let record = try await store.calls.call(call.id, in: workspace).record
            #expect(record.facts == call.facts)
            #expect(record.clientName == "Dental" && record.clientPhone == "+1-555-0100")
            #expect(record.transcript == "Hello" && record.notes == "n" && record.version == 1)
            #expect(record.otherPartyPhone == "+1-555-0200" && record.otherPartyName == "John Smith")
            #expect(record.endedAt?.text == "2026-03-01T12:00:45.500Z")
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `an id is stored once, replayed, and refused with another body`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            let call = try NewCall.sample(in: workspace, client: client)
            let other = try NewCall.sample(call.id, in: workspace, client: client, transcript: "other")
            #expect(try await store.calls.store([call])[0].get().isReplayed == false)
            #expect(try await store.calls.store([call])[0].get() == call.logged(isReplayed: true))
            let refused = await store.calls.store([other])
            #expect(throws: Fault(.keyReused)) { try refused[0].get() }
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `a key stands for one id and body, whatever else the request says`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            let key = CallID(UUID())
            let call = try NewCall.sample(in: workspace, client: client, key: key)
            let unkeyed = try NewCall.sample(call.id, in: workspace, client: client)
            let otherID = try NewCall.sample(in: workspace, client: client, key: key)
            let derived = try NewCall.sample(key, in: workspace, client: client, key: key)
            let taken = try NewCall.sample(in: workspace, client: client)
            let takenKeyed = try NewCall.sample(taken.id, in: workspace, client: client, key: key)
            let elsewhere = try NewCall.sample(in: WorkspaceID(UUID()), client: client, key: key)
            #expect(try await store.calls.store([call, taken]).allSatisfy { try !$0.get().isReplayed })
            #expect(try await store.calls.store([call])[0].get() == call.logged(isReplayed: true))
            #expect(try await store.calls.store([unkeyed])[0].get().isReplayed)
            for refused in [otherID, derived, takenKeyed] {
                let result = await store.calls.store([refused])
                #expect(throws: Fault(.keyReused)) { try result[0].get() }
            }
            let together = await store.calls.store([elsewhere, otherID])
            #expect(try !together[0].get().isReplayed)
            #expect(throws: Fault(.keyReused)) { try together[1].get() }
            #expect(try await store.calls.page(ListCalls(limit: 10), in: workspace).total == 2)
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `an id that one workspace has already is still new in another one of the same batch`(form: CallStore.Form)
        async throws
    {
        try await CallStore.with(form) { store in
            // Of one partition, so that both are written together.
            let partition = EventPartition.of(workspace.uuid)
            var other = WorkspaceID(UUID())
            while EventPartition.of(other.uuid) != partition { other = WorkspaceID(UUID()) }
            let mine = try NewCall.sample(in: workspace, client: client)
            let changed = try NewCall.sample(mine.id, in: workspace, client: client, transcript: "changed")
            let theirs = try NewCall.sample(mine.id, in: other, client: client)
            _ = try await store.calls.store([mine])[0].get()
            let results = await store.calls.store([theirs, changed])
            #expect(try !results[0].get().isReplayed)
            #expect(throws: Fault(.keyReused)) { try results[1].get() }
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `the same id in two workspaces is two calls, and each sees its own`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            let mine = try NewCall.sample(in: workspace, client: client)
            let theirs = try NewCall.sample(mine.id, in: WorkspaceID(UUID()), client: client, transcript: "theirs")
            #expect(try await store.calls.store([mine, theirs]).allSatisfy { try !$0.get().isReplayed })
            #expect(try await store.calls.call(mine.id, in: workspace).state.transcript == "Hello")
            #expect(try await store.calls.call(mine.id, in: theirs.workspaceID).state.transcript == "theirs")
            await #expect(throws: Fault(.callNotFound)) {
                try await store.calls.call(mine.id, in: WorkspaceID(UUID()))
            }
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `pages are newest first, by offset and by cursor, filtered by day and client`(form: CallStore.Form)
        async throws
    {
        try await CallStore.with(form) { store in
            let other = ClientID(UUID())
            let calls = try (0..<25).map { number in
                try NewCall.sample(
                    in: workspace, client: number % 5 == 0 ? other : client,
                    at: "2026-03-\(number < 9 ? "0" : "")\(number + 1)T23:59:59.999999Z")
            }
            _ = await store.calls.store(calls)
            let newest = calls.reversed().map(\.id)
            let all = try await store.calls.page(ListCalls(limit: 1000), in: workspace)
            #expect(all.calls.map(\.id) == newest && all.total == 25 && all.next == nil)
            #expect(all.calls.allSatisfy { $0.transcript.isEmpty && $0.notes == nil })
            let noted = try await store.calls.page(ListCalls(limit: 1, texts: .notes), in: workspace).calls[0]
            #expect(noted.transcript.isEmpty && noted.notes == "n")
            let whole = try await store.calls.page(ListCalls(limit: 1, texts: .all), in: workspace).calls[0]
            #expect(whole.transcript == "Hello" && whole.notes == "n")

            var seen: [CallID] = []
            var after: PageCursor?
            repeat {
                let page = try await store.calls.page(ListCalls(limit: 7, after: after), in: workspace)
                seen += page.calls.map(\.id)
                after = page.next
            } while after != nil
            #expect(seen == newest)

            let skipped = try await store.calls.page(ListCalls(limit: 5, offset: 3), in: workspace)
            #expect(skipped.calls.map(\.id) == Array(newest[3..<8]) && skipped.next != nil)

            let filtered = try await store.calls.page(
                ListCalls(
                    clientID: other, from: CalendarDay(text: "2026-03-06"), through: CalendarDay(text: "2026-03-16"),
                    limit: 10), in: workspace)
            #expect(filtered.calls.map(\.id) == [calls[15].id, calls[10].id, calls[5].id] && filtered.total == 3)
        }
    }

    @Test(arguments: CallStore.Form.allCases)
    func `a copy of a client only moves forward`(form: CallStore.Form) async throws {
        try await CallStore.with(form) { store in
            try await keepClient(store, version: 2, name: "new")
            try await keepClient(store, version: 1, name: "old")
            #expect(try await store.clients.copy(of: client, in: workspace)?.name == "new")
            #expect(try await store.clients.copy(of: client, in: WorkspaceID(UUID())) == nil)
        }
    }
}
