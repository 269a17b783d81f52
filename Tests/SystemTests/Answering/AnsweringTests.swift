import Bus
import Contracts
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing
import ZeroMQ

/// A language model that this test process serves.
private enum Model {
    static let isAway = Atomic<Bool>(false)

    static let peer = try? HTTPPeer { request in
        if isAway.load(ordering: .relaxed) { return .answer(status: 500, body: "") }
        // An analysis is asked for with a form, an answer without.
        let text =
            request.body.contains("response_format")
            ? #"{\"summary\":\"Asked for the hours.\",\"sentiment\":\"neutral\",\"emotions\":[],\"key_phrases\":[],"#
                + #"\"topics\":[\"hours\"],\"intent\":\"opening_hours\",\"resolution_quality\":1}"#
            : "We open at nine."
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        let event = "data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":\"stop\"}]}\n\n"
        return .script([.send(head + event + "data: [DONE]\n\n")])
    }

    static func stack(_ options: inout Stack.Options) {
        options.serviceEnvironment["agents"] = [
            "LLM_BASE_URL": "http://127.0.0.1:\(peer?.port ?? 1)", "LLM_MODEL": "small",
            "LLM_API_KEY": "sk-secret-canary",
            "LLM_PRICE_COMPLETION_MICROS_PER_1K": "1000000", "STT_BASE_URL": "http://127.0.0.1:1",
        ]
    }
}

extension RealStack {
    /// Questions to the real `agents` over the real bus, as `calls` asks them.
    @Suite(.serialized, .stack(Model.stack)) struct Answering {
        private final class Heard: Sendable {
            let pieces = Mutex<[AnswerPiece]>([])
        }

        private func with(_ body: (ZeroMQBus, Heard) async throws -> Void) async throws {
            let folder = try Running.current.stack.folder + "/bus"
            var configuration = ZeroMQBusConfiguration(service: "calls")
            configuration.owners["agents"] = ZeroMQBusConfiguration.Owner(
                requests: ["ipc://\(folder)/agents-*.sock"], events: ["ipc://\(folder)/agents-*.events"])
            let bus = ZeroMQBus(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let heard = Heard()
            bus.subscribe(to: AnswerPiece.self, missed: {}, { piece in heard.pieces.withLock { $0.append(piece) } })
            try bus.start()
            do {
                try await body(bus, heard)
            } catch {
                await bus.close()
                throw error
            }
            await bus.close()
        }

        private func agent() async throws -> (id: AgentID, caller: Caller) {
            let api = try await Running.person()
            let made = try await api.post("/voicera/agents", ["name": "Ava"]).expect(201).json["id"].string ?? ""
            let id = try #require(UUID(uuidString: made))
            let rows = try await Running.current.stack.database.query(
                "SELECT workspace_id FROM agents.agents WHERE id = \(id)")
            let workspace: UUID = try rows[0].decode(at: 0)
            return (AgentID(id), Caller.service("calls", workspaceID: workspace))
        }

        @Test func `the model answers, and without it the agent says that it does not know`() async throws {
            let (id, caller) = try await agent()
            try await with { bus, heard in
                func ask() async throws -> (AgentAnswer, UUID) {
                    let message = UUID()
                    let request = AnswerMessage(agentID: id, messageID: message, text: "When do you open?", history: [])
                    return (try await bus.ask(request, as: caller, within: 10_000), message)
                }
                var (answer, message) = try await ask()
                #expect(answer.text == "We open at nine." && !answer.isUnsure && answer.costMicros > 0)
                // The first ones may come before this process listens.
                try await eventually(within: .seconds(10), "its pieces are heard") {
                    if heard.pieces.withLock({ $0.contains { $0.messageID == message } }) { return true }
                    (answer, message) = try await ask()
                    return false
                }
                Model.isAway.store(true, ordering: .relaxed)
                defer { Model.isAway.store(false, ordering: .relaxed) }
                answer = try await ask().0
                #expect(answer.isUnsure && answer.intent == "opening_hours" && answer.costMicros == 0)
            }
        }

        @Test func `a conversation is analysed`() async throws {
            let (_, caller) = try await agent()
            try await with { bus, _ in
                let turn = Turn(number: 1, speaker: .customer, text: "When do you open?", at: Timestamp.now())
                let analysis = try await bus.ask(AnalyzeConversation(turns: [turn]), as: caller, within: 10_000)
                #expect(analysis.provider == "openai-compatible" && analysis.model == "small")
                #expect(analysis.summary == "Asked for the hours." && analysis.qualityPermille == 1000)
            }
        }

        @Test func `audio that is not there is the asker's mistake`() async throws {
            let (_, caller) = try await agent()
            let workspace = WorkspaceID(try #require(caller.workspaceID))
            try await with { bus, _ in
                let key = TranscribeAudio.key(in: workspace, for: UUID())
                await #expect {
                    try await bus.ask(TranscribeAudio(key: key), as: caller, within: 10_000)
                } throws: {
                    ($0 as? Fault)?.entry == .inputInvalid
                }
            }
        }
    }
}
