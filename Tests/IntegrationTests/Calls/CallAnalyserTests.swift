import Bus
import Contracts
import Foundation
import Postgres
import TestSupport
import Testing

@testable import calls

/// What agents make out of calls, kept in PostgreSQL.
struct CallAnalyserTests {
    private let workspace = WorkspaceID(UUID())

    @Test func `a call that has ended is understood once, and the event says what changed`() async throws {
        try await CallStore.withPostgres { database, owner in
            let bench = Bench(database)
            let call = try await bench.stored(in: workspace)
            #expect(try await bench.analyser.work() == 1)
            #expect(try await bench.analyser.work() == 0)
            let after = try await bench.calls.call(call.id, in: workspace)
            #expect(after.state.facts.sentiment == .negative && after.state.details.summary == "A bill was wrong")
            #expect(after.state.details.keyPhrases == ["Wrong bill"] && after.state.facts.phrases == ["wrong bill"])
            #expect(after.state.details.analysis?.topics == ["billing"] && after.version == 2)
            let last = try await owner.query("SELECT payload FROM calls.events ORDER BY number DESC LIMIT 1")
            let change = try CallChanged.decoded(from: try #require(try last.one()).decode([UInt8].self, at: 0))
            #expect(change.before?.sentiment == .neutral && change.after?.sentiment == .negative)
            // What is understood is not looked at again, whatever else is said of it.
            try await bench.add([call.id], in: workspace)
            #expect(try await bench.analyser.work() == 0)
        }
    }

    @Test func `what somebody said stays`() async throws {
        try await CallStore.withPostgres { database, _ in
            let bench = Bench(database)
            let call = try await bench.stored(in: workspace) {
                $0.summary = "Mine"
                $0.keyPhrases = ["mine"]
                $0.emotions = ["calm"]
            }
            #expect(try await bench.analyser.work() == 1)
            let details = try await bench.calls.call(call.id, in: workspace).state.details
            #expect(details.summary == "Mine" && details.keyPhrases == ["mine"] && details.emotions == ["calm"])
            // With a sentiment of its own, and with nothing said, there is nothing to make out.
            _ = try await bench.stored(in: workspace) { $0.sentiment = .positive }
            _ = try await bench.stored(in: workspace) { $0.transcript = "" }
            _ = try await bench.stored(in: workspace) { $0.status = .connected }
            #expect(try await bench.analyser.work() == 0)
        }
    }

    @Test func `while agents are away it waits, and a deleted call is let go`() async throws {
        try await CallStore.withPostgres { database, owner in
            let bench = Bench(database)
            let call = try await bench.stored(in: workspace)
            bench.isAway.withLock { $0 = true }
            // However often: that nobody looked at it says nothing of it.
            for _ in 0..<CallAnalyser.tries + 2 {
                await #expect(throws: CallAnalyser.NobodyThere.self) { try await bench.analyser.work() }
                #expect(try await bench.analyser.work() == 0)
                try await owner.query("UPDATE calls.analyses SET due_at = clock_timestamp()")
            }
            #expect(try await bench.calls.call(call.id, in: workspace).version == 1)
            bench.isAway.withLock { $0 = false }
            try await owner.query("UPDATE calls.analyses SET due_at = clock_timestamp()")
            #expect(try await bench.analyser.work() == 1)
            #expect(try await bench.calls.call(call.id, in: workspace).version == 2)
            let deleted = try await bench.stored(in: workspace)
            let known = try await bench.calls.call(deleted.id, in: workspace)
            _ = try await bench.calls.replace(known, by: nil, in: workspace, at: .now())
            #expect(try await bench.analyser.work() == 1)
            let left = try await owner.query("SELECT count(*) FROM calls.analyses")
            #expect(try left.one()?.decode(Int.self, at: 0) == 0)
        }
    }

    @Test func `two who work side by side never take the same call, and a late one changes nothing`() async throws {
        try await CallStore.withPostgres { database, owner in
            let bench = Bench(database)
            for _ in 0..<20 { _ = try await bench.stored(in: workspace) }
            let queue = bench.analyser.queue
            async let first = queue.take(limit: 20)
            async let second = queue.take(limit: 20)
            let (mine, theirs) = try await (first, second)
            #expect(mine.count + theirs.count == 20)
            #expect(Set((mine + theirs).map(\.key.id)).count == 20)
            // Its time is over, and somebody else took it.
            try await owner.query("UPDATE calls.analyses SET due_at = clock_timestamp()")
            let again = try await queue.take(limit: 1)
            let late = try #require((mine + theirs).first { $0.key.id == again[0].key.id })
            try await queue.finish([late])
            try await queue.putBack(late, seconds: 0)
            let left = try await owner.query("SELECT count(*) FROM calls.analyses WHERE due_at > clock_timestamp()")
            #expect(try left.one()?.decode(Int.self, at: 0) == 1 && again[0].tries == 2)
        }
    }

    @Test func `a call that was logged whole is summarised after the others, and keeps its sentiment`() async throws {
        try await CallStore.withPostgres { database, owner in
            var bench = Bench(database)
            bench.includesStated = true
            let logged = try NewCall.sample(in: workspace, client: ClientID(UUID()), transcript: "Customer: My bill")
            _ = try await bench.calls.store([logged])[0].get()
            try await bench.add([logged.id], in: workspace)
            let unknown = try await bench.stored(in: workspace)
            #expect(try await bench.analyser.queue.take(limit: 1).map(\.key.id) == [unknown.id])
            #expect(try await bench.analyser.work() == 1)
            let state = try await bench.calls.call(logged.id, in: workspace).state
            #expect(state.facts.sentiment == .positive && state.details.summary == "A bill was wrong")
            #expect(state.details.analysis?.intent == "complaint" && state.facts.phrases == ["wrong bill"])
        }
    }

    @Test func `of a call whose words are others meanwhile it is made out anew`() async throws {
        try await CallStore.withPostgres { database, owner in
            let bench = Bench(database)
            let call = try await bench.stored(in: workspace)
            bench.interruption.withLock { interruption in
                interruption = { [workspace] in
                    guard let known = try? await bench.calls.call(call.id, in: workspace), known.version == 1 else {
                        return
                    }
                    var next = known.state
                    next.transcript = "Customer: Something else"
                    _ = try? await bench.calls.replace(known, by: next, in: workspace, at: .now())
                }
            }
            #expect(try await bench.analyser.work() == 1)
            #expect(try await bench.calls.call(call.id, in: workspace).state.details.analysis == nil)
            try await owner.query("UPDATE calls.analyses SET due_at = clock_timestamp()")
            #expect(try await bench.analyser.work() == 1)
            let after = try await bench.calls.call(call.id, in: workspace)
            #expect(after.state.details.analysis != nil && after.version == 3)
        }
    }

    @Test func `what others change meanwhile is kept, and many workspaces are worked on together`() async throws {
        try await CallStore.withPostgres { database, owner in
            let bench = Bench(database)
            let workspaces = (0..<12).map { _ in WorkspaceID(UUID()) }
            var calls: [(WorkspaceID, CallID)] = []
            for workspace in workspaces {
                for _ in 0..<2 { calls.append((workspace, try await bench.stored(in: workspace).id)) }
            }
            let changed = calls[5]
            bench.interruption.withLock {
                $0 = {
                    guard let known = try? await bench.calls.call(changed.1, in: changed.0), known.version == 1 else {
                        return
                    }
                    var next = known.state
                    next.notes = "seen"
                    next.facts.costMicros = 7
                    _ = try? await bench.calls.replace(known, by: next, in: changed.0, at: .now())
                }
            }
            #expect(try await bench.analyser.work(width: 32) == 24)
            for (workspace, id) in calls {
                let call = try await bench.calls.call(id, in: workspace)
                #expect(call.state.details.summary == "A bill was wrong")
                #expect(call.version == (id == changed.1 ? 3 : 2))
            }
            #expect(try await bench.calls.call(changed.1, in: changed.0).state.facts.costMicros == 7)
            let events = try await owner.query("SELECT count(*) FROM calls.events")
            #expect(try events.one()?.decode(Int.self, at: 0) == 49)
            let left = try await owner.query("SELECT count(*) FROM calls.analyses")
            #expect(try left.one()?.decode(Int.self, at: 0) == 0)
        }
    }

    private struct Bench: Sendable {
        let calls: any CallRepository
        let analyser: CallAnalyser
        let isAway = Locked(false)
        /// What somebody else does while a call is analysed.
        let interruption = Locked<@Sendable () async -> Void>({})
        var includesStated = false
        private let jobs: Database

        init(_ database: ServiceDatabase) {
            calls = CallStore.postgres(database).calls
            jobs = database.jobs
            let bus = InMemoryBus()
            bus.serve(AnalyzeConversation.self) { [isAway, interruption] request, _ in
                await interruption.withLock { $0 }()
                if isAway.withLock({ $0 }) { throw Fault(.unavailable) }
                guard !request.transcript.isEmpty else { throw Fault(.inputInvalid) }
                return ConversationAnalysis(
                    summary: "A bill was wrong", sentiment: .negative, emotions: ["anger"], keyPhrases: ["Wrong bill"],
                    topics: ["billing"], intent: "complaint", qualityPermille: 200, provider: "local", model: "",
                    version: "1")
            }
            analyser = CallAnalyser(
                queue: AnalysisQueue(jobs: database.jobs), calls: CallBatches(database: database.database) { _ in },
                conversations: PostgresConversationRepository(
                    database: database.database, jobs: database.jobs
                ) { _ in },
                agents: bus, logger: silentLogger, isBusy: { false })
        }

        /// A call that has ended, queued as the follower of the log does.
        func stored(
            in workspaceID: WorkspaceID, _ change: (inout CallFields) -> Void = { _ in }
        ) async throws -> NewCall {
            var fields = CallFields()
            fields.phoneNumber = "+15550123"
            fields.status = .completed
            fields.transcript = "Customer: My bill is wrong"
            change(&fields)
            let call = try NewCall.recorded(
                RecordCall(id: CallID(UUID()), fields: fields), in: workspaceID, agentID: nil, at: .now())
            _ = try await calls.store([call])[0].get()
            try await add([call.id], in: workspaceID)
            return call
        }

        func add(_ ids: [CallID], in workspaceID: WorkspaceID) async throws {
            try await jobs.query(
                AnalysisQueue.add(
                    ids.map { CallKey(workspaceID: workspaceID, id: $0) }, includesStated: includesStated))
        }
    }

    private final class Locked<Value>: @unchecked Sendable {
        private let lock = NSLock()
        private var value: Value

        init(_ value: Value) { self.value = value }

        @discardableResult
        func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
            lock.withLock { body(&value) }
        }
    }
}
