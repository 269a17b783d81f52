import Bus
import Contracts
import Foundation
import Logging
import Testing

@testable import calls

struct LogCallHandlerTests {
    private let repository = InMemoryCallRepository()
    private let bus = InMemoryBus(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    private let caller = Caller(identity: .apiKey(UUID()), workspaceID: UUID(), scopes: Scopes.writeCalls.rawValue)
    private let client = ClientID(UUID())
    private let now = Timestamp(text: "2026-03-01T12:00:00Z")!

    private var handler: LogCallHandler {
        let now = now
        return LogCallHandler(calls: repository, clients: ClientLookup(copies: repository, agents: bus), now: { now })
    }

    private func keepClient(isActive: Bool = true, agentID: AgentID? = nil) async throws {
        try await repository.keep(
            ClientCopy(
                workspaceID: caller.requireWorkspace(), id: client, name: "Dental", phoneNumber: "+1-555-0100",
                agentID: agentID, isActive: isActive, version: 1))
    }

    @Test func `a call of a known client is stored with the client's agent and announced once`() async throws {
        let agent = AgentID(UUID())
        try await keepClient(agentID: agent)
        let request = LogCall(id: CallID(UUID()), clientID: client, durationMS: 45_500)
        let first = try await handler.handle(request, from: caller)
        let second = try await handler.handle(request, from: caller)
        #expect(!first.isReplayed && second.isReplayed)
        #expect(first.createdAt == now)
        #expect(repository.events.count == 1)
        let facts = try #require(repository.events[0].after)
        #expect(facts.agentID == agent && facts.status == .completed && facts.durationMS == 45_500)
    }

    @Test func `an id stands for one body for ever`() async throws {
        try await keepClient()
        let id = CallID(UUID())
        _ = try await handler.handle(LogCall(id: id, clientID: client), from: caller)
        await #expect(throws: Fault(.keyReused)) {
            try await handler.handle(LogCall(id: id, clientID: client, notes: "x"), from: caller)
        }
    }

    @Test func `a deleted client takes no call`() async throws {
        try await keepClient(isActive: false)
        await #expect(throws: Fault(.clientNotFound)) {
            try await handler.handle(LogCall(id: CallID(UUID()), clientID: client), from: caller)
        }
    }

    @Test func `a client that is not copied yet is asked for, and agents away is not 404`() async throws {
        let request = LogCall(id: CallID(UUID()), clientID: client)
        await #expect(throws: Fault.unreachable("agents")) { try await handler.handle(request, from: caller) }
        let record = ClientRecord(
            id: client, name: "Dental", phoneNumber: "1", profession: nil, voiceName: "v", voiceID: nil,
            systemPrompt: nil, agentID: nil, createdAt: now, isActive: true, version: 1)
        bus.serve(GetClient.self) { request, _ in
            guard request.id == record.id else { throw Fault(.clientNotFound) }
            return record
        }
        #expect(try await handler.handle(request, from: caller).clientID == client)
        #expect(try await repository.copy(of: client, in: caller.requireWorkspace()) != nil)
        await #expect(throws: Fault(.clientNotFound)) {
            try await handler.handle(LogCall(id: CallID(UUID()), clientID: ClientID(UUID())), from: caller)
        }
    }

    @Test func `another workspace's client is not found`() async throws {
        try await keepClient()
        bus.serve(GetClient.self) { _, _ in throw Fault(.clientNotFound) }
        let stranger = Caller(identity: .apiKey(UUID()), workspaceID: UUID(), scopes: .max)
        await #expect(throws: Fault(.clientNotFound)) {
            try await handler.handle(LogCall(id: CallID(UUID()), clientID: client), from: stranger)
        }
    }

    @Test func `in a batch each call is stored or refused on its own`() async throws {
        try await keepClient()
        bus.serve(GetClient.self) { _, _ in throw Fault(.clientNotFound) }
        let reply = try await handler.handle(
            LogCalls(calls: [
                LogCall(id: CallID(UUID()), clientID: client), LogCall(id: CallID(UUID()), clientID: ClientID(UUID())),
                LogCall(id: CallID(UUID()), clientID: client, durationMS: -1),
                LogCall(id: CallID(UUID()), clientID: client),
            ]), from: caller)
        #expect(reply.results.map { (try? $0.get()) != nil } == [true, false, false, true])
        #expect(repository.events.count == 2)
    }

    @Test(arguments: [
        LogCall(id: CallID(UUID()), clientID: ClientID(UUID()), durationMS: -1),
        LogCall(id: CallID(UUID()), clientID: ClientID(UUID()), durationMS: CallLimits.durationMS + 1),
        LogCall(id: CallID(UUID()), clientID: ClientID(UUID()), latencies: ComponentLatencies(llmMicros: -1)),
        LogCall(id: CallID(UUID()), clientID: ClientID(UUID()), callerPhone: String(repeating: "1", count: 65)),
        LogCall(id: CallID(UUID()), clientID: ClientID(UUID()), transcript: "a\0b"),
        LogCall(id: CallID(UUID()), clientID: ClientID(UUID()), notes: "a\0b"),
        LogCall(id: CallID(UUID()), clientID: ClientID(UUID()), createdAt: Timestamp(microseconds: .max)),
    ])
    func `values out of range are refused with their field`(request: LogCall) throws {
        #expect {
            try NewCall.logged(request, in: WorkspaceID(UUID()), agentID: nil, at: now)
        } throws: { error in
            (error as? Fault)?.entry == .inputInvalid && (error as? Fault)?.field != nil
        }
    }
}
