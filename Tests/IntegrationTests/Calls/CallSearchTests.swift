import Bus
import Contracts
import Foundation
import Postgres
import Testing

@testable import calls

struct CallSearchTests {
    private let workspace = WorkspaceID(UUID())

    private func call(
        _ transcript: String, in workspaceID: WorkspaceID? = nil, _ change: (inout CallFields) -> Void = { _ in }
    ) throws -> NewCall {
        var fields = CallFields()
        fields.phoneNumber = "+1-555-0200"
        fields.transcript = transcript
        change(&fields)
        return try NewCall.recorded(
            RecordCall(id: CallID(UUID()), fields: fields), in: workspaceID ?? workspace, agentID: nil, at: .now())
    }

    private func indexed(_ calls: [NewCall], in database: ServiceDatabase) async throws -> CallStore {
        let store = CallStore.postgres(database)
        for result in await store.calls.store(calls) { _ = try result.get() }
        try await database.jobs.pipeline(CallSearch.index(calls.map(CallKey.init)))
        return store
    }

    @Test func `words, phrases, beginnings and numbers are found, the best first, with a snippet`() async throws {
        try await CallStore.withPostgres { database, _ in
            let calls = [
                try call("User: Hello, my invoice is wrong. Agent: Let me look at the invoice."),
                try call("User: I want my money back.") {
                    $0.keyPhrases = ["invoice dispute"]
                    $0.summary = "A dispute over an invoice"
                },
                try call("User: Opening hours, please.") {
                    $0.phoneNumber = "+44 20 7946 0958"
                    $0.status = .failed
                },
            ]
            let store = try await indexed(calls, in: database)
            func found(_ text: String, _ change: (inout ListCalls) -> Void = { _ in }) async throws -> [CallID] {
                var request = ListCalls(limit: 10, search: text)
                change(&request)
                let page = try await store.calls.page(request, in: workspace)
                #expect(page.total == page.calls.count || request.limit == 1)
                return page.calls.map(\.id)
            }
            #expect(try await found("invoice") == [calls[1].id, calls[0].id])
            #expect(try await found("invoi hel") == [calls[0].id])
            #expect(try await found("\"money back\"") == [calls[1].id])
            #expect(try await found("\"back money\"") == [])
            #expect(try await found("invoice -dispute") == [calls[0].id])
            #expect(try await found("+442079460958") == [calls[2].id])
            #expect(try await found("opening") { $0.statuses = [.failed] } == [calls[2].id])
            #expect(try await found("opening") { $0.statuses = [.completed] } == [])
            #expect(try await found("opening") { $0.statuses = [.completed, .failed] } == [calls[2].id])
            #expect(try await found("opening") { $0.channel = .phone } == [calls[2].id])
            #expect(try await found("opening") { $0.channel = .chat } == [])
            #expect(try await found("invoice") { $0.limit = 1 } == [calls[1].id])
            #expect(
                try await found("invoice") {
                    $0.limit = 1
                    $0.offset = 1
                } == [calls[0].id])
            let page = try await store.calls.page(ListCalls(limit: 1, search: "hours"), in: workspace)
            #expect(page.calls.first?.snippet?.contains("**hours**") == true)
        }
    }

    @Test func `pages go on by their cursor, and one whose transcripts would be too many is cut`() async throws {
        try await CallStore.withPostgres { database, _ in
            let long = String(repeating: "zebra ", count: 80_000)
            let store = try await indexed(try (0..<12).map { _ in try call(long) }, in: database)
            var request = ListCalls(limit: 10, texts: .all, search: "zebra")
            var found: [CallRecord] = []
            repeat {
                let page = try await store.calls.page(request, in: workspace)
                #expect(page.total == 12 && !page.calls.isEmpty && page.calls.count < 10)
                found += page.calls
                request.after = page.next
            } while request.after != nil && found.count < 100
            #expect(Set(found.map(\.id)).count == 12 && found.allSatisfy { $0.transcript.count == long.count })
            request.offset = 500
            let beyond = try await store.calls.page(request, in: workspace)
            #expect(beyond.calls.isEmpty && beyond.total == 12)
            request.after = PageCursor(at: .now(), id: UUID())
            await #expect(throws: Fault.self) { try await store.calls.page(request, in: workspace) }
        }
    }

    @Test func `a snippet shows the words wherever they stand, or there is none`() async throws {
        try await CallStore.withPostgres { database, _ in
            let calls = [
                try call("nothing") { $0.keyPhrases = ["Billing Issue", "billing issue"] },
                try call(String(repeating: "filler ", count: 5000) + "needle"), try call("plain"),
            ]
            let store = try await indexed(calls, in: database)
            func snippet(_ text: String) async throws -> String?? {
                try await store.calls.page(ListCalls(limit: 1, search: text), in: workspace).calls.first?.snippet
            }
            #expect(try await snippet("issue")??.contains("**Issue**") == true)
            #expect(try await snippet("needle")??.contains("**needle**") == true)
            // The last word of one phrase and the first of the next are no phrase.
            #expect(try await snippet("\"issue billing\"") == nil)
        }
    }

    @Test func `nothing of another workspace is found, and what changes or goes is followed`() async throws {
        try await CallStore.withPostgres { database, _ in
            let mine = try call("canary mine")
            let theirs = try call("canary theirs", in: WorkspaceID(UUID()))
            let store = try await indexed([mine, theirs], in: database)
            func found(_ text: String) async throws -> [CallID] {
                try await store.calls.page(ListCalls(limit: 10, search: text), in: workspace).calls.map(\.id)
            }
            #expect(try await found("canary") == [mine.id])
            #expect(try await found("w\(theirs.workspaceID)") == [])
            var fields = CallFields()
            fields.transcript = "sparrow"
            let stored = try await store.calls.call(mine.id, in: workspace)
            _ = try await store.calls.replace(
                stored, by: stored.state.changed(by: fields, at: .now()), in: workspace, at: .now())
            try await database.jobs.pipeline(CallSearch.index([CallKey(mine)]))
            #expect(try await found("canary") == [])
            #expect(try await found("sparrow") == [mine.id])
            let changed = try await store.calls.call(mine.id, in: workspace)
            _ = try await store.calls.replace(changed, by: nil, in: workspace, at: .now())
            #expect(try await found("sparrow") == [])
            try await database.jobs.pipeline(CallSearch.index([CallKey(mine)]))
            let left: Int = try await database.jobs.query("SELECT count(*) FROM calls.call_search")[0][0]
            #expect(left == 1)
        }
    }

    @Test func `a call without a number or without a word is taken in like any other`() async throws {
        try await CallStore.withPostgres { database, _ in
            let calls = try ["", "anonymous", "+1-555-0200"].flatMap { phone in
                try ["", "overture", "\u{1F600}\u{202E} ' \\ : & |"].map { transcript in
                    try NewCall.logged(
                        LogCall(
                            id: CallID(UUID()), clientID: ClientID(UUID()), callerPhone: phone, transcript: transcript),
                        in: workspace, agentID: nil, at: .now())
                }
            }
            let store = try await indexed(calls, in: database)
            let page = try await store.calls.page(ListCalls(limit: 10, search: "overture"), in: workspace)
            #expect(page.total == 3)
            #expect(try await store.calls.page(ListCalls(limit: 10, search: "anonymous"), in: workspace).total == 3)
        }
    }

    @Test func `a transcript with more words than a document holds is found by its first ones`() async throws {
        try await CallStore.withPostgres { database, _ in
            let words = (0..<120_000).map { String($0, radix: 36) }.joined(separator: " ")
            let long = try call("overture \(words)".prefix(500_000).description)
            let store = try await indexed([long, try call("short")], in: database)
            let page = try await store.calls.page(ListCalls(limit: 10, search: "overture"), in: workspace)
            #expect(page.calls.map(\.id) == [long.id])
        }
    }
}
