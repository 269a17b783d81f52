import AsyncHTTPClient
import Bus
import Contracts
import Foundation
import Logging
import TestSupport
import Testing

@testable import agents

/// A message to an agent whose model is a server that misbehaves: the person gets a quote, in time.
@Suite struct `An answer in spite of the model` {
    private static let passage = FoundPassage(
        documentID: DocumentID(UUID()), documentName: "Handbook", text: "We are open from 9 to 5.", offset: 0,
        score: 0.5)

    private struct Handbook: PassageSearch {
        func passages(
            for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
        ) async throws -> [FoundPassage] { [passage] }
    }

    private struct OneAgent: AgentRepository, CompanyRepository {
        let agent = AgentRecord(
            id: AgentID(UUID()), name: "Ava", description: "", status: .active, setup: AgentSetup(), createdBy: nil,
            createdAt: Timestamp.now(), updatedAt: Timestamp.now(), version: 1)

        func find(_ id: AgentID, in workspaceID: WorkspaceID) async throws -> AgentRecord? { agent }
        func newest(in workspaceID: WorkspaceID) async throws -> AgentRecord? { agent }
        func page(_ request: ListAgents, in workspaceID: WorkspaceID) async throws -> AgentPage {
            AgentPage(agents: [agent], total: 1, next: nil)
        }
        func add(
            _ agent: AgentRecord, under key: IdempotencyKey?, in workspaceID: WorkspaceID
        ) async throws -> Outcome<AgentRecord> { throw Fault(.unavailable) }
        func change(
            _ id: AgentID, under key: IdempotencyKey?, in workspaceID: WorkspaceID,
            by rule: @escaping @Sendable (AgentRecord) throws -> AgentRecord
        ) async throws -> Outcome<AgentRecord> { throw Fault(.unavailable) }
        func setPaused(
            _ isPaused: Bool, under key: IdempotencyKey?, in workspaceID: WorkspaceID, at now: Timestamp
        ) async throws -> Outcome<ChangedAgents> { throw Fault(.unavailable) }
        func taken(of numbers: [String]) async throws -> Set<String> { [] }
        func numbers(in workspaceID: WorkspaceID) async throws -> Set<String> { [] }
        func set(
            _ profile: CompanyProfile, under key: IdempotencyKey?, in workspaceID: WorkspaceID
        ) async throws -> Outcome<Done> { throw Fault(.unavailable) }
        func find(in workspaceID: WorkspaceID) async throws -> CompanyProfile? { nil }
    }

    @Test func `comes before the deadline, as a quote`() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        for behaviour in [
            HTTPPeer.Behaviour.script([.pause(milliseconds: 30_000)]), .answer(status: 500, body: ""), .dies,
            .script([.send(head), .pause(milliseconds: 30_000)]), .answer(status: 200, body: "{}"),
            .script([.send(head + "data: {\"choices\":[{\"delta\":{\"content\":\"We never open \"}}]}\n\n"), .reset]),
        ] {
            let peer = try HTTPPeer { _ in behaviour }
            let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: ProviderServer.connections)
            let chat = OpenAICompatibleChat(
                server: ProviderServer(url: "http://127.0.0.1:\(peer.port)", key: nil, http: http),
                terms: OpenAICompatibleChat.Terms(model: "small"))
            let bus = InMemoryBus()
            let one = OneAgent()
            let handler = AnswerMessageHandler(
                agents: one, companies: one, passages: Handbook(), chat: chat, bus: bus, counts: AnsweringCounts(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            bus.serve(AnswerMessage.self, handler.handle)
            let began = monotonicNanoseconds()
            let answer = try await bus.ask(
                AnswerMessage(agentID: one.agent.id, messageID: UUID(), text: "When are you open?", history: []),
                as: .service("calls", workspaceID: UUID()), within: 2000)
            #expect(answer.text == Self.passage.text && answer.passagesUsed == 1, "\(behaviour)")
            #expect(monotonicNanoseconds() - began < 15_000_000_000)
            try await http.shutdown()
            peer.stop()
        }
    }
}
