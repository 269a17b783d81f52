import Bus
import Contracts
import Foundation
import Logging
import Synchronization

@testable import agents

/// A workspace with one agent, whose knowledge and model the test gives.
struct AnsweringFixture {
    let bus = InMemoryBus()
    let workspaceID = WorkspaceID(UUID())
    let pieces = Pieces()
    let search: FixedPassages
    let agent: AgentRecord
    let counts = AnsweringCounts()

    final class Pieces: Sendable {
        private let held = Mutex<[AnswerPiece]>([])
        var all: [AnswerPiece] { held.withLock { $0 } }
        func add(_ piece: AnswerPiece) { held.withLock { $0.append(piece) } }
    }

    init(
        passages: [FoundPassage] = [], chat: (any ChatModel)? = nil, nearest: NearestQuote? = nil,
        status: AgentStatus = .active, company: CompanyProfile? = nil, change: (inout AgentRecord) -> Void = { _ in }
    ) {
        var agent = Self.agent
        agent.status = status
        change(&agent)
        self.agent = agent
        search = FixedPassages(passages)
        let pieces = pieces
        bus.subscribe(to: AnswerPiece.self, missed: {}, { pieces.add($0) })
        let handler = AnswerMessageHandler(
            agents: OneAgent(agent: agent, workspaceID: workspaceID), companies: OneCompany(profile: company),
            passages: search, chat: chat, nearest: nearest, bus: bus, counts: counts,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        bus.serve(AnswerMessage.self, handler.handle)
    }

    func ask(_ text: String, history: [Turn] = [], within: Int? = nil, in other: WorkspaceID? = nil) async throws
        -> AgentAnswer
    {
        try await bus.ask(
            AnswerMessage(agentID: agent.id, messageID: UUID(), text: text, history: history),
            as: Caller(identity: .apiKey(UUID()), workspaceID: (other ?? workspaceID).uuid, scopes: 2), within: within)
    }

    static let agent = AgentRecord(
        id: AgentID(UUID()), name: "Ava", description: "", status: .active, setup: AgentSetup(), createdBy: nil,
        createdAt: Timestamp.now(), updatedAt: Timestamp.now(), version: 1)

    static func passage(_ text: String, score: Double = 0.5, name: String = "Handbook") -> FoundPassage {
        FoundPassage(documentID: DocumentID(UUID()), documentName: name, text: text, offset: 0, score: score)
    }

    static func turn(_ number: Int, _ speaker: Speaker, _ text: String) -> Turn {
        Turn(number: number, speaker: speaker, text: text, at: Timestamp.now())
    }

    static func question(
        _ text: String, history: [Turn] = [], company: CompanyProfile? = nil, language: String = "en",
        change: (inout AgentRecord) -> Void = { _ in }
    ) -> AnswerQuestion {
        var agent = agent
        agent.setup.language = language
        change(&agent)
        return AnswerQuestion(agent: agent, company: company, text: text, history: history)
    }
}

final class FixedPassages: PassageSearch {
    private let passages: [FoundPassage]
    private let asked = Mutex<[String]>([])

    init(_ passages: [FoundPassage]) {
        self.passages = passages
    }

    var questions: [String] { asked.withLock { $0 } }

    func passages(
        for question: String, agent: AgentID, in workspaceID: WorkspaceID, limit: Int
    ) async throws -> [FoundPassage] {
        asked.withLock { $0.append(question) }
        return Array(passages.prefix(limit))
    }
}

struct OneCompany: CompanyRepository {
    let profile: CompanyProfile?
    func set(
        _ profile: CompanyProfile, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<Done> { throw Fault(.unavailable) }
    func find(in workspaceID: WorkspaceID) async throws -> CompanyProfile? { profile }
}

struct OneAgent: AgentRepository {
    let agent: AgentRecord
    let workspaceID: WorkspaceID

    func find(_ id: AgentID, in workspaceID: WorkspaceID) async throws -> AgentRecord? {
        id == agent.id && workspaceID == self.workspaceID ? agent : nil
    }
    func add(
        _ agent: AgentRecord, under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<AgentRecord> { throw Fault(.unavailable) }
    func page(_ request: ListAgents, in workspaceID: WorkspaceID) async throws -> AgentPage {
        throw Fault(.unavailable)
    }
    func change(
        _ id: AgentID, under key: IdempotencyKey?, in workspaceID: WorkspaceID,
        by rule: @escaping @Sendable (AgentRecord) throws -> AgentRecord
    ) async throws -> Outcome<AgentRecord> { throw Fault(.unavailable) }
    func newest(in workspaceID: WorkspaceID) async throws -> AgentRecord? { agent }
    func setPaused(
        _ isPaused: Bool, under key: IdempotencyKey?, in workspaceID: WorkspaceID, at now: Timestamp
    ) async throws -> Outcome<ChangedAgents> { throw Fault(.unavailable) }
    func taken(of numbers: [String]) async throws -> Set<String> { [] }
    func numbers(in workspaceID: WorkspaceID) async throws -> Set<String> { [] }
}

/// A model that says what the test tells it to.
final class ScriptedChat: ChatModel {
    enum Act: Sendable {
        case says([String])
        case fails(ProviderFailure, after: [String])
    }

    let name = "scripted"
    private let acts: @Sendable (Int, ChatRequest) -> Act
    private let asked = Mutex<[ChatRequest]>([])

    init(_ acts: @escaping @Sendable (Int, ChatRequest) -> Act) {
        self.acts = acts
    }

    convenience init(_ texts: String...) {
        self.init { number, _ in .says([texts[min(number, texts.count - 1)]]) }
    }

    var requests: [ChatRequest] { asked.withLock { $0 } }

    func reply(
        to request: ChatRequest, by deadline: Deadline, piece: @escaping @Sendable (String) -> Void
    ) async throws(ProviderFailure) -> ChatReply {
        let number = asked.withLock { asked in
            asked.append(request)
            return asked.count - 1
        }
        switch acts(number, request) {
        case .says(let pieces):
            pieces.forEach(piece)
            return ChatReply(
                text: pieces.joined(), model: "scripted-1",
                usage: ChatUsage(promptTokens: 10, completionTokens: 5, isEstimated: false), costMicros: 7, isCut: false
            )
        case .fails(let failure, let pieces):
            pieces.forEach(piece)
            throw failure
        }
    }
}
