import Bus
import Contracts
import Foundation
import GatewayHTTP
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import Testing

@testable import VoiceFlowDialect

@Suite struct LiveTests {
    private let bus = InMemoryBus(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    private let services = FakeServices()
    private let workspaceID = WorkspaceID(UUID())
    private let moment = Timestamp(text: "2026-01-02T03:04:05Z")!
    private var asker: LiveAsker {
        LiveAsker(bus: bus, caller: .service("gateway", workspaceID: workspaceID.uuid))
    }

    init() {
        services.serve(on: bus)
    }

    private func frames(_ facts: [FeedFact], documents: [FeedPage.Document] = []) async throws -> [JSONValue?] {
        let entries = facts.enumerated().map { FeedEntry(number: $0.offset + 1, at: moment, fact: $0.element) }
        let page = FeedPage(entries: entries, documents: documents, head: facts.count, oldest: 1)
        let frames = try await VoiceFlowLive().frames(of: page, in: workspaceID, asking: asker)
        return try frames.map { frame in
            try frame.map { frame in
                #expect(frame.at == moment)
                return ["type": .text(frame.type), "data": try JSONParser.parse(frame.data)]
            }
        }
    }

    @Test func `a call is told of in the product's words, and not at all once it is deleted`() async throws {
        let call = CallRecord.sample()
        let activity = FeedFact.activity(
            FeedActivity(kind: .callEnded, outcome: .success, callID: call.id, agentID: AgentID(UUID())))
        let facts: [FeedFact] = [
            .conversationStarted(call.id), .conversationEnded(call.id), .callLogged(call.id), activity,
        ]
        services.change { $0.calls = [call] }
        let shown = try await frames(facts).map { try #require($0) }
        #expect(shown.map { $0["type"] } == ["conversation", "conversation", "call_logged", "activity"])
        #expect(shown[0]["data"]?["event"] == "started" && shown[1]["data"]?["event"] == "ended")
        #expect(shown[0]["data"]?["conversation"]?["agentName"] == "Ada")
        #expect(shown[2]["data"]?["call"]?["customer_info"] == "+15550177")
        let line = try #require(shown[3]["data"])
        #expect(line["type"] == "call_ended" && line["status"] == "success" && line["details"] == "3m 24s")
        #expect(line["timestamp"] == "2026-01-02T03:04:05Z" && line["customerInfo"] == "+15550177")
        // The same line has the same id wherever it is shown.
        #expect(try await frames(facts)[3]?["data"]?["id"] == line["id"])
        services.change { $0.calls = [] }
        let after = try await frames(facts)
        #expect(after[0] == nil && after[2] == nil && after[3] == nil)
        #expect(after[1]?["data"]?["event"] == "ended" && after[1]?["data"]?["conversation"] == .null)
    }

    @Test func `a turn is told with its words`() async throws {
        var call = CallRecord.sample(status: .connected)
        call.facts.channel = .chat
        let turn = Turn(number: 2, speaker: .customer, text: "Hello", at: moment)
        services.change { [call] in
            $0.calls = [call]
            $0.turns = [turn]
        }
        let shown = try await frames([
            .turnAdded(call.id, turn: 2), .turnAdded(call.id, turn: 9), .turnAdded(CallID(UUID()), turn: 1),
        ])
        let message: JSONValue = [
            "speaker": "customer", "message": "Hello", "timestamp": "2026-01-02T03:04:05Z",
        ]
        #expect(shown[0]?["data"]?["event"] == "message" && shown[0]?["data"]?["message"] == message)
        #expect(shown[0]?["data"]?["conversation"]?["type"] == "chat")
        #expect(shown[1] == nil && shown[2] == nil)
    }

    @Test func `agents and documents are told with their names of now`() async throws {
        let agent = AgentRecord.sample()
        services.change { $0.agents = [agent] }
        let (known, gone) = (DocumentID(UUID()), DocumentID(UUID()))
        let activated = FeedActivity(kind: .agentActivated, outcome: .success, agentID: agent.id)
        let shown = try await frames(
            [
                .agentStatus(agent.id, .paused), .activity(activated), .agentStatus(AgentID(UUID()), .active),
                .document(known, .failed, progressPercent: 40), .document(gone, .ready, progressPercent: 100),
                .document(known, .ready, progressPercent: 100),
            ], documents: [FeedPage.Document(id: known, name: "a.pdf", reason: "no text")])
        let status: JSONValue = ["id": .text(agent.id.description), "name": "Ada", "status": "paused"]
        #expect(shown[0]?["data"] == status && shown[0]?["type"] == "agent_status")
        #expect(shown[1]?["data"]?["agentName"] == "Ada" && shown[1]?["data"]?["customerInfo"] == "")
        #expect(shown[2] == nil && shown[4] == nil)
        let document: JSONValue = [
            "id": .text(known.description), "name": "a.pdf", "status": "failed", "progress": 40, "reason": "no text",
        ]
        #expect(shown[3]?["data"] == document && shown[3]?["type"] == "knowledge")
        #expect(shown[5]?["data"]?["status"] == "ready" && shown[5]?["data"]?["reason"] == nil)
    }

    @Test func `each thing is asked for once, and a service that is away is not taken for a deletion`() async throws {
        let call = CallRecord.sample()
        let asked = NIOLockedValueBox(0)
        let other = InMemoryBus(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        other.serve(GetCall.self) { _, _ in
            asked.withLockedValue { $0 += 1 }
            return call
        }
        let asker = LiveAsker(bus: other, caller: asker.caller)
        func page(_ facts: [FeedFact]) -> FeedPage {
            FeedPage(
                entries: facts.enumerated().map { FeedEntry(number: $0.offset + 1, at: moment, fact: $0.element) },
                head: facts.count, oldest: 1)
        }
        let facts: [FeedFact] = [.conversationStarted(call.id), .conversationEnded(call.id), .callLogged(call.id)]
        let frames = try await VoiceFlowLive().frames(of: page(facts), in: workspaceID, asking: asker)
        #expect(frames.compactMap { $0 }.count == 3 && asked.withLockedValue { $0 } == 1)
        await #expect(throws: Fault.self) {
            _ = try await VoiceFlowLive().frames(
                of: page([.agentStatus(AgentID(UUID()), .active)]), in: workspaceID, asking: asker)
        }
    }

    @Test func `the figures are those of the moment`() async throws {
        services.change { state in
            state.totals = Measures([
                .calls: 9, .ended: 6, .chats: 4, .endedChats: 3, .successes: 3, .responses: 2,
                .responseMicros: 4_600_000,
            ])
            state.due = 7
            state.agents = [.sample(), .sample { $0.status = .paused }]
        }
        let figures = try JSONParser.parse(try await VoiceFlowLive().metrics(asking: asker).data)
        #expect(
            figures == [
                "activeCalls": 2, "activeChats": 1, "queuedInteractions": 7, "onlineAgents": 1,
                "avgResponseTime": "2.3s", "successRate": 50.0,
            ])
    }

    // MARK: Messages

    private func say(
        _ data: String, scopes: Scopes = Role.admin.scopes, pieces: [AnswerPiece] = [],
        reply: @escaping @Sendable (SendMessage) throws -> AnsweredMessage
    ) async throws -> [JSONValue] {
        let said = NIOLockedValueBox<[LiveFrame]>([])
        let bus = InMemoryBus(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let caller = Caller(identity: .apiKey(UUID()), workspaceID: workspaceID.uuid, scopes: scopes.rawValue)
        let messageID = UUID()
        let dialogue = LiveDialogue(asker: LiveAsker(bus: bus, caller: caller), makeID: { messageID }) { frame in
            said.withLockedValue { $0.append(frame) }
        }
        bus.serve(SendMessage.self) { request, _ in
            #expect(request.messageID == messageID)
            for piece in pieces {
                dialogue.hear(AnswerPiece(messageID: messageID, number: piece.number, text: piece.text))
            }
            return try reply(request)
        }
        let fields = try JSONFields(ByteBuffer(string: #"{"type":"message","data":\#(data)}"#))
        #expect(try await VoiceFlowLive().receive("message", fields, in: dialogue))
        return try said.withLockedValue { try $0.map { try JSONParser.parse($0.data) } }
    }

    private func answered(_ text: String) -> @Sendable (SendMessage) -> AnsweredMessage {
        { _ in
            AnsweredMessage(
                callID: CallID(UUID()),
                answer: Turn(number: 2, speaker: .agent, text: text, at: .now(), passagesUsed: 3), isEscalated: false)
        }
    }

    private func piece(_ number: Int, _ text: String) -> AnswerPiece {
        AnswerPiece(messageID: UUID(), number: number, text: text)
    }

    private static let hello = #"{"session_id":"s-1","message":"Hello"}"#

    @Test func `an answer comes piece by piece, and what is missing at its end`() async throws {
        for pieces in [
            [], [piece(0, "We "), piece(1, "open ")], [piece(0, "We "), piece(2, "at nine.")],
            [piece(0, "We "), piece(1, "open "), piece(2, "at nine.")], [piece(1, "open ")],
        ] {
            let said = try await say(Self.hello, pieces: pieces, reply: answered("We open at nine."))
            #expect(said.compactMap { $0["delta"]?.textValue }.joined() == "We open at nine.")
            #expect(said.allSatisfy { $0["conversation_id"] == "s-1" && $0["restart"] == nil })
            #expect(said.dropLast().allSatisfy { $0["done"] == false && $0["chunks_used"] == nil })
            #expect(said.last?["done"] == true && said.last?["chunks_used"] == 3)
        }
    }

    @Test func `an answer that turns out to be another one begins anew`() async throws {
        let said = try await say(Self.hello, pieces: [piece(0, "We are")], reply: answered("We open at nine."))
        #expect(said.count == 3 && said[1]["delta"] == "We open at nine." && said[1]["restart"] == true)
        let cut = try await say(Self.hello, pieces: [piece(0, "Yes. ")], reply: answered("Yes."))
        #expect(cut.count == 2 && cut[1]["done"] == true)
    }

    @Test func `a message is refused for what is wrong with it`() async throws {
        for (data, field) in [
            ("1", "data"), (#"{"message":"x"}"#, "session_id"), (#"{"session_id":"s"}"#, "message"),
            (#"{"session_id":"s","message":" "}"#, "message"), (#"{"session_id":"s","message":1}"#, "message"),
            (#"{"session_id":"s","message":"x","agent_id":"y"}"#, "agent_id"),
        ] {
            let fault = await #expect(throws: Fault.self) { _ = try await say(data, reply: answered("x")) }
            #expect(fault?.field?.hasSuffix(field) == true, "\(data)")
        }
        let denied = await #expect(throws: Fault.self) {
            _ = try await say(Self.hello, scopes: .readCalls, reply: answered("x"))
        }
        #expect(denied?.entry == .permissionDenied)
        let away = await #expect(throws: Fault.self) {
            _ = try await say(Self.hello, pieces: [piece(0, "We")]) { _ in throw Fault(.agentNotAnswering) }
        }
        #expect(away?.entry == .agentNotAnswering)
    }
}
