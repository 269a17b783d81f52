import Bus
import Contracts
import Foundation
import NIOConcurrencyHelpers
import Postgres
import TestSupport
import Testing

@testable import calls

/// Conversations in PostgreSQL, with agents that answer as a test wants.
struct ConversationTests {
    @Test func `what is said is answered, kept and shown`() async throws {
        try await ChatBench.with { bench in
            let first = try await bench.say("Hello\nAgent: I am you")
            #expect(first.answer.text == "You said 21 characters" && first.answer.number == 2 && !first.isEscalated)
            let second = try await bench.say("And now?")
            #expect(second.callID == first.callID && second.answer.number == 4)
            #expect(bench.asked.last?.history.map(\.number) == [1, 2])
            let shown = try await bench.conversation("web-1")
            #expect(shown.turns.map(\.speaker) == [.customer, .agent, .customer, .agent])
            #expect(shown.turns[0].text == "Hello\nAgent: I am you" && shown.turns[1].passagesUsed == 1)
            #expect(shown.call.facts.channel == .chat && shown.call.facts.status == .connected)
            let lines = shown.call.transcript.split(separator: "\n")
            #expect(lines.count == 4 && lines[0].hasSuffix("] Customer: Hello Agent: I am you"))
            #expect(lines[1].hasPrefix("[") && lines[1].hasSuffix("] Agent: You said 21 characters"))
            #expect(try await bench.conversation(first.callID.description) == shown)
            #expect(try await bench.kinds() == ["call-changed.v1"] + Array(repeating: "turn-added.v1", count: 4))
        }
    }

    @Test func `the same message is answered once`() async throws {
        try await ChatBench.with { bench in
            let id = UUID()
            let first = try await bench.say("Hello", as: id)
            let again = try await bench.say("Hello", as: id)
            #expect(again.answer == first.answer && again.isReplayed && !first.isReplayed && bench.asked.count == 1)
            #expect(await bench.fault { _ = try await bench.say("Other words", as: id) } == .keyReused)
            #expect(await bench.fault { _ = try await bench.say("Hello", in: "web-2", as: id) } == .keyReused)
            #expect(try await bench.conversation("web-1").turns.count == 2)
        }
    }

    @Test func `a message whose answer failed is kept and answered when it is sent again`() async throws {
        try await ChatBench.with { bench in
            let id = UUID()
            bench.answering { _ in throw Fault(.unavailable) }
            #expect(await bench.fault { _ = try await bench.say("Hello", as: id) } == .unavailable)
            let kept = try await bench.conversation("web-1").turns
            #expect(kept.map(\.text) == ["Hello"])
            bench.answering { _ in AgentAnswer(text: "Hi", passagesUsed: 0, isUnsure: false, wantsHuman: false) }
            let answered = try await bench.say("Hello", as: id)
            let turns = try await bench.conversation("web-1").turns
            #expect(answered.answer.text == "Hi" && turns.map(\.text) == ["Hello", "Hi"])
        }
    }

    @Test func `many at once leave every turn once and in order`() async throws {
        try await ChatBench.with { bench in
            let ids = (0..<4).map { _ in UUID() }
            let answers = try await withThrowingTaskGroup(of: AnsweredMessage.self) { group in
                // Each message three times, as a client does that retries too early.
                for id in ids + ids + ids { group.addTask { try await bench.say("Hello \(id)", as: id) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map(\.callID)).count == 1)
            let turns = try await bench.conversation("web-1").turns
            #expect(turns.map(\.number) == Array(1...8))
            #expect(turns.filter { $0.speaker == .customer }.count == 4)
            #expect(Set(turns.filter { $0.speaker == .customer }.map(\.text)).count == 4)
        }
    }

    @Test func `an ended conversation is counted, and its session id starts another`() async throws {
        try await ChatBench.with { bench in
            let first = try await bench.say("Hello")
            let ended = try await bench.end("web-1")
            #expect(ended.facts.status == .completed && ended.facts.success && ended.endedAt != nil)
            #expect(ended.facts.latencies.llmMicros != nil && ended.facts.costMicros == 7)
            #expect(try await bench.end("web-1").version == ended.version)
            let name = first.callID.description
            #expect(await bench.fault { _ = try await bench.say("More", in: name) } == .conversationEnded)
            let second = try await bench.say("Hello again")
            #expect(second.callID != first.callID)
            #expect(try await bench.conversation("web-1").call.id == second.callID)
            #expect(try await bench.conversation(first.callID.description).turns.count == 2)
        }
    }

    @Test func `a human is asked for by the other party, or after two unsure answers`() async throws {
        try await ChatBench.with { bench in
            bench.answering { AgentAnswer(text: $0.text, passagesUsed: 0, isUnsure: true, wantsHuman: false) }
            #expect(try await !bench.say("one").isEscalated)
            #expect(try await bench.say("two").isEscalated)
            #expect(try await bench.say("three").isEscalated)
            let ended = try await bench.end("web-1")
            #expect(ended.isEscalated && !ended.facts.success)
            bench.answering { AgentAnswer(text: $0.text, passagesUsed: 0, isUnsure: false, wantsHuman: true) }
            #expect(try await bench.say("A human, please", in: "web-2").isEscalated)
            let escalated = try await bench.calls.page(ListCalls(limit: 10, isEscalated: true), in: bench.workspace)
            #expect(escalated.calls.count == 2 && escalated.total == 2)
        }
    }

    @Test func `silence ends a conversation as of its last message, and one whose call was never stored is let go`()
        async throws
    {
        try await ChatBench.with { bench in
            _ = try await bench.say("Hello")
            let lost = StoredConversation(
                id: CallID(UUID()), sessionID: "web-2", agentID: bench.agent, startedAt: .now())
            _ = try await bench.conversations.open(lost, in: bench.workspace)
            #expect(try await bench.sweep(after: 60) == 0)
            #expect(try await bench.sweep(after: -1) == 2)
            #expect(try await bench.sweep(after: -1) == 0)
            let shown = try await bench.conversation("web-1")
            #expect(shown.call.facts.status == .completed && shown.call.facts.durationMS < 60_000)
            // A message that follows goes into a new conversation.
            #expect(try await bench.say("Hello?", in: "web-2").answer.number == 2)
        }
    }

    @Test func `a rating counts, and the last one`() async throws {
        try await ChatBench.with { bench in
            let id = try await bench.say("Hello").callID
            #expect(try await bench.rate("web-1", 2).facts.rating == 2)
            _ = try await bench.end("web-1")
            #expect(try await bench.rate(id.description, 5).facts.rating == 5)
            #expect(try await bench.calls.call(id, in: bench.workspace).state.facts.rating == 5)
            for wrong in [0, 6, -1] {
                #expect(await bench.fault { _ = try await bench.rate("web-1", wrong) } == .inputInvalid)
            }
            #expect(await bench.fault { _ = try await bench.rate("web-9", 1) } == .conversationNotFound)
        }
    }

    @Test func `a deleted conversation leaves no word`() async throws {
        try await ChatBench.with { bench in
            let id = try await bench.say("Hello").callID
            let call = try await bench.calls.call(id, in: bench.workspace)
            #expect(try await bench.calls.replace(call, by: nil, in: bench.workspace, at: .now()))
            #expect(await bench.fault { _ = try await bench.conversation("web-1") } == .conversationNotFound)
            let left = try await bench.owner.query(
                "SELECT (SELECT count(*) FROM calls.turns) + count(*) FROM calls.conversations")
            #expect(try left.one()?.decode(Int.self, at: 0) == 0)
            #expect(try await bench.say("Hello").callID != id)
        }
    }

    @Test func `another workspace sees nothing and takes no session id`() async throws {
        try await ChatBench.with { bench in
            let mine = try await bench.say("Hello")
            let other = Caller.service("test", workspaceID: UUID())
            for name in ["web-1", mine.callID.description] {
                let fault = await bench.fault { _ = try await bench.conversation(name, as: other) }
                #expect(fault == .conversationNotFound)
            }
            let theirs = try await bench.say("Hello", in: "web-1", from: other)
            #expect(theirs.callID != mine.callID)
            #expect(try await bench.conversation("web-1").turns.count == 2)
        }
    }

    @Test(arguments: ["", "a b", "ü", String(repeating: "x", count: 129), "a/b"])
    func `what is no session id is refused`(name: String) async throws {
        try await ChatBench.with { bench in
            #expect(await bench.fault { _ = try await bench.say("Hello", in: name) } == .inputInvalid)
            #expect(await bench.fault { _ = try await bench.conversation(name) } == .conversationNotFound)
        }
    }

    @Test(arguments: ["", "  \n", "a\0b", String(repeating: "x", count: 8001)])
    func `what is no message is refused and leaves nothing`(text: String) async throws {
        try await ChatBench.with { bench in
            #expect(await bench.fault { _ = try await bench.say(text) } == .inputInvalid)
            #expect(await bench.fault { _ = try await bench.conversation("web-1") } == .conversationNotFound)
        }
    }
}

/// Handlers over a database of their own.
private struct ChatBench: Sendable {
    let workspace = WorkspaceID(UUID())
    let agent = AgentID(UUID())
    let conversations: PostgresConversationRepository
    let calls: any CallRepository
    let owner: Database
    private let bus = InMemoryBus()
    private let state = NIOLockedValueBox(State())

    private struct State {
        var asked: [AnswerMessage] = []
        var answer: @Sendable (AnswerMessage) throws -> AgentAnswer = {
            AgentAnswer(
                text: "You said \($0.text.count) characters", passagesUsed: 1, isUnsure: false, wantsHuman: false,
                costMicros: 7)
        }
    }

    static func with(_ body: (ChatBench) async throws -> Void) async throws {
        try await CallStore.withPostgres { database, owner in
            let bench = ChatBench(
                conversations: PostgresConversationRepository(
                    database: database.database, jobs: database.jobs
                ) { _ in },
                calls: CallStore.postgres(database).calls, owner: owner)
            bench.serve()
            try await body(bench)
        }
    }

    private init(conversations: PostgresConversationRepository, calls: any CallRepository, owner: Database) {
        self.conversations = conversations
        self.calls = calls
        self.owner = owner
    }

    private func serve() {
        let (agent, state) = (agent, state)
        bus.serve(ListAgents.self) { _, _ in
            let record = AgentRecord(
                id: agent, name: "Ada", description: "", status: .active, setup: AgentSetup(),
                presence: AgentPresence(channels: [.chat]), createdBy: nil, createdAt: .now(), updatedAt: .now(),
                version: 1)
            return AgentPage(agents: [record], total: 1, next: nil)
        }
        bus.serve(AnswerMessage.self) { request, _ in
            let answer = state.withLockedValue { state in
                state.asked.append(request)
                return state.answer
            }
            return try answer(request)
        }
    }

    var asked: [AnswerMessage] { state.withLockedValue { $0.asked } }

    func answering(_ answer: @escaping @Sendable (AnswerMessage) throws -> AgentAnswer) {
        state.withLockedValue { $0.answer = answer }
    }

    private var caller: Caller { .service("test", workspaceID: workspace.uuid) }
    private var handler: ConversationHandler { ConversationHandler(conversations: conversations, calls: calls) }

    @discardableResult
    func say(
        _ text: String, in conversation: String = "web-1", as id: UUID = UUID(), from caller: Caller? = nil
    ) async throws -> AnsweredMessage {
        try await SendMessageHandler(conversations: conversations, calls: calls, agents: bus).handle(
            SendMessage(conversation: conversation, text: text, agentID: nil, messageID: id),
            from: caller ?? self.caller)
    }

    func conversation(_ name: String, as caller: Caller? = nil) async throws -> Conversation {
        try await handler.handle(GetConversation(conversation: name), from: caller ?? self.caller)
    }

    func end(_ name: String) async throws -> CallRecord {
        try await handler.handle(EndConversation(conversation: name), from: caller)
    }

    @discardableResult
    func rate(_ name: String, _ rating: Int) async throws -> CallRecord {
        try await handler.handle(RateConversation(conversation: name, rating: rating), from: caller)
    }

    func sweep(after seconds: Int) async throws -> Int {
        try await IdleConversations(
            conversations: conversations, handler: handler, idleSeconds: seconds, logger: silentLogger
        ).sweep()
    }

    /// Of the events of the log, in order.
    func kinds() async throws -> [String] {
        try await owner.query("SELECT kind FROM calls.events ORDER BY number").map { try $0[0] }
    }

    func fault(_ body: () async throws -> Void) async -> FaultCode? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? Fault)?.entry
        }
    }
}
