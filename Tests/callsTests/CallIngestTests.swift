import Bus
import Contracts
import Foundation
import Logging
import Testing

@testable import calls

/// Remembers its batches and lets them wait until the test opens the gate.
private actor GatedWriter: CallBatchWriter {
    private(set) var batches: [[NewCall]] = []
    private var isOpen: Bool
    private let isAway: Bool
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(isOpen: Bool = true, isAway: Bool = false) {
        self.isOpen = isOpen
        self.isAway = isAway
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func write(
        _ calls: [NewCall], partition: Int, until deadline: Deadline, stalled: @escaping @Sendable () -> Void
    ) async -> [Result<LoggedCall, Fault>] {
        batches.append(calls)
        if isAway { stalled() }
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
        return calls.map { .success($0.logged(isReplayed: false)) }
    }
}

/// Gives each test a deadline that even a busy machine keeps.
private struct PatientAsker: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let context = RequestContext(requestID: "unit-test", deadline: .after(milliseconds: 600_000))
        try await RequestContext.$current.withValue(context, operation: function)
    }
}

@Suite(PatientAsker()) struct CallIngestTests {
    private let workspace = WorkspaceID(UUID())

    private func call(_ id: CallID = CallID(UUID()), transcript: String = "", workspace: WorkspaceID? = nil) throws
        -> NewCall
    {
        try NewCall.logged(
            LogCall(id: id, clientID: ClientID(UUID(uuid: zeroUUID)), transcript: transcript),
            in: workspace ?? self.workspace, agentID: nil, at: Timestamp(microseconds: 1_000_000))
    }

    private func ingest(_ writer: GatedWriter) -> CallIngest {
        CallIngest(writer: writer, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `what comes while a batch is written goes into one batch`() async throws {
        let writer = GatedWriter(isOpen: false)
        let ingest = ingest(writer)
        let first = try call()
        let rest = try (0..<300).map { _ in try call() }
        async let firstResult = ingest.store(first)
        while await writer.batches.isEmpty { await Task.yield() }
        async let restResults = ingest.store(rest)
        while ingest.waiting < 301 { await Task.yield() }
        await writer.open()
        #expect(try await firstResult.get().id == first.id)
        #expect(try await restResults.map { try $0.get().id } == rest.map(\.id))
        #expect(await writer.batches.map(\.count) == [1, 256, 44])
        // They are counted until just after they were answered.
        for _ in 0..<5000 where ingest.waiting > 0 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(ingest.waiting == 0)
    }

    @Test func `two requests of one id in one batch are one call, and another body is refused`() async throws {
        let writer = GatedWriter()
        let id = CallID(UUID())
        let results = await ingest(writer).store([try call(id), try call(id), try call(id, transcript: "other")])
        #expect(try results[0].get().isReplayed == false)
        #expect(try results[1].get().isReplayed == true)
        #expect(throws: Fault(.keyReused)) { try results[2].get() }
        #expect(await writer.batches.map(\.count) == [1])
    }

    @Test func `workspaces of different partitions do not wait for each other`() async throws {
        let writer = GatedWriter(isOpen: false)
        let ingest = ingest(writer)
        let workspaces = (0..<16).map { partition in
            WorkspaceID(UUID(uuid: (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(partition))))
        }
        async let results = ingest.store(try workspaces.map { try call(workspace: $0) })
        while await writer.batches.count < 16 { await Task.yield() }
        await writer.open()
        #expect(try await results.count == 16)
    }

    @Test func `a full queue refuses at once and what waits is still stored`() async throws {
        let writer = GatedWriter(isOpen: false)
        let ingest = ingest(writer)
        let many = try (0..<CallIngest.queueLimit).map { _ in try call() }
        async let results = ingest.store(many)
        while ingest.waiting < CallIngest.queueLimit { await Task.yield() }
        let refused = await ingest.store(try call())
        #expect(throws: Fault.overloaded()) { try refused.get() }
        await writer.open()
        #expect(await results.allSatisfy { (try? $0.get()) != nil })
    }

    @Test func `while a batch cannot be written what comes is refused at once, and is taken again afterwards`()
        async throws
    {
        let writer = GatedWriter(isOpen: false, isAway: true)
        let ingest = ingest(writer)
        async let first = ingest.store(try call())
        while await writer.batches.isEmpty { await Task.yield() }
        let refused = await ingest.store([try call(), try call()])
        #expect(refused.count == 2)
        for result in refused { #expect(throws: Fault(.unavailable, retryAfterMS: 1000)) { try result.get() } }
        #expect(ingest.waiting == 1)
        await writer.open()
        #expect(try await first.get().isReplayed == false)
        while ingest.waiting > 0 { await Task.yield() }
        #expect(try await ingest.store(try call()).get().isReplayed == false)
    }

    @Test func `a call whose deadline has passed is not written`() async throws {
        let writer = GatedWriter()
        let context = RequestContext(requestID: "12345678", deadline: .after(milliseconds: 0))
        let result = try await RequestContext.$current.withValue(context) { await ingest(writer).store(try call()) }
        #expect(throws: Fault.overloaded()) { try result.get() }
        #expect(await writer.batches.isEmpty)
    }

    @Test func `large transcripts make smaller batches`() async throws {
        let writer = GatedWriter(isOpen: false)
        let ingest = ingest(writer)
        let large = String(repeating: "a", count: CallLimits.transcriptBytes)
        async let first = ingest.store(try call())
        while await writer.batches.isEmpty { await Task.yield() }
        async let results = ingest.store(try (0..<20).map { _ in try call(transcript: large) })
        while ingest.waiting < 21 { await Task.yield() }
        await writer.open()
        _ = try await (first, results)
        #expect(await writer.batches.map(\.count) == [1, 7, 7, 6])
    }
}

private let zeroUUID: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
