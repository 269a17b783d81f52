import Bus
import Contracts
import Foundation
import ServiceRuntime

/// Takes what the other party of a chat says, and answers as their agent does. What was said is stored before it is
/// answered: the same message again goes on where the first one stopped.
struct SendMessageHandler: Sendable {
    let conversations: any ConversationRepository
    let calls: any CallRepository
    let agents: any Asking
    var now: @Sendable () -> Timestamp = { .now() }
    var makeID: @Sendable () -> UUID = { UUIDv7.make() }

    /// How often a turn that somebody else's came before is added anew.
    private static let attempts = 20
    /// What storing the answer may take, of the time that the asker waits.
    private static let storingMS = 1500

    @Sendable func handle(_ request: SendMessage, from caller: Caller) async throws -> AnsweredMessage {
        let workspaceID = try caller.requireWorkspace()
        guard let reference = ConversationReference(request.conversation) else {
            throw Fault(
                .inputInvalid, "session_id must be 1 to 128 letters, digits, dots, dashes or underscores",
                field: "session_id")
        }
        try ConversationRules.checkMessage(request.text)
        var known = try await conversations.message(request.messageID, in: workspaceID)
        if known == nil {
            known = try await take(request, as: reference, from: caller, in: workspaceID)
        }
        guard let known else { throw Fault(.unavailable, retryAfterMS: 1000) }
        let conversation = try await self.conversation(known.callID, in: workspaceID)
        guard known.question.text == request.text,
            conversation.sessionID == reference.text || conversation.id == reference.id
        else { throw Fault(.keyReused) }
        if let answer = known.answer {
            return AnsweredMessage(
                callID: known.callID, answer: answer, isEscalated: conversation.isEscalated, isReplayed: true)
        }
        try await Failpoint.hit("calls.message-taken")
        return try await answer(known, request.messageID, from: caller, in: workspaceID)
    }

    /// Stores what was said.
    private func take(
        _ request: SendMessage, as reference: ConversationReference, from caller: Caller, in workspaceID: WorkspaceID
    ) async throws -> KnownMessage? {
        for _ in 0..<Self.attempts {
            let conversation = try await running(reference, request, from: caller, in: workspaceID)
            let turn = NewTurn(messageID: request.messageID, speaker: .customer, text: request.text, at: now())
            switch try await conversations.add(turn, to: conversation, in: workspaceID) {
            case .added(let question): return KnownMessage(callID: conversation.id, question: question, answer: nil)
            case .known: return try await conversations.message(request.messageID, in: workspaceID)
            case .overtaken: try await requireRoom(for: turn, in: conversation, of: workspaceID)
            }
        }
        return nil
    }

    /// The conversation that the message belongs to, with its call; a new one where there is none.
    private func running(
        _ reference: ConversationReference, _ request: SendMessage, from caller: Caller, in workspaceID: WorkspaceID
    ) async throws -> StoredConversation {
        let found = try await conversations.conversation(reference, in: workspaceID)
        if let found, !found.isEnded { return try await withCall(found, in: workspaceID) }
        if let found {
            // Its call may have ended another way than by its conversation.
            try await conversations.close(found.id, in: workspaceID)
            if found.sessionID != reference.text { throw Fault(.conversationEnded) }
        } else if let id = reference.id, (try? await calls.call(id, in: workspaceID)) != nil {
            throw Fault(.conversationNotFound, "This is a call and no conversation")
        }
        let agent = try await ChatAgents(agents: agents).answering(request.agentID, for: caller)
        let new = StoredConversation(
            id: CallID(makeID()), sessionID: reference.text, agentID: agent.id, startedAt: now())
        return try await withCall(try await conversations.open(new, in: workspaceID), in: workspaceID)
    }

    /// Stores the call of a conversation that has none yet; whoever is first does.
    private func withCall(
        _ conversation: StoredConversation, in workspaceID: WorkspaceID
    ) async throws -> StoredConversation {
        guard conversation.callVersion == nil else { return conversation }
        try await Failpoint.hit("calls.conversation-opened")
        _ = try await calls.store([NewCall.chat(conversation, in: workspaceID)])[0].get()
        return try await self.conversation(conversation.id, in: workspaceID)
    }

    private func conversation(_ id: CallID, in workspaceID: WorkspaceID) async throws -> StoredConversation {
        guard let reference = ConversationReference(id.description),
            let found = try await conversations.conversation(reference, in: workspaceID)
        else { throw Fault(.conversationNotFound) }
        return found
    }

    private func requireRoom(
        for turn: NewTurn, in conversation: StoredConversation, of workspaceID: WorkspaceID
    ) async throws {
        // One that is deleted has no text to be too long; what else is there to do shows when it is read again.
        guard let call = try? await calls.call(conversation.id, in: workspaceID) else { return }
        let line = ConversationRules.transcriptLine(turn, in: conversation)
        guard call.state.transcript.utf8.count + line.utf8.count < CallLimits.transcriptBytes else {
            throw Fault(.conversationTooLong)
        }
    }

    private func answer(
        _ known: KnownMessage, _ messageID: UUID, from caller: Caller, in workspaceID: WorkspaceID
    ) async throws -> AnsweredMessage {
        let begin = ContinuousClock.now
        var conversation = try await conversation(known.callID, in: workspaceID)
        let history = try await conversations.turns(
            of: known.callID, in: workspaceID, from: known.question.number - ConversationRules.historyTurns,
            count: ConversationRules.historyTurns
        ).filter { $0.number < known.question.number }
        let remainingMS = RequestContext.current?.deadline.remainingMS ?? 30_000
        let answer = try await agents.ask(
            AnswerMessage(
                agentID: conversation.agentID, messageID: messageID, text: known.question.text,
                history: history),
            as: caller, within: max(500, remainingMS - Self.storingMS))
        try await Failpoint.hit("calls.answer-made")
        let micros = Int((ContinuousClock.now - begin) / .microseconds(1))
        for _ in 0..<Self.attempts {
            let turn = NewTurn(
                answer, to: messageID, at: max(now(), known.question.at),
                answerMicros: min(micros, CallLimits.latencyMicros))
            switch try await conversations.add(turn, to: conversation, in: workspaceID) {
            case .added(let stored):
                return AnsweredMessage(
                    callID: conversation.id, answer: stored,
                    isEscalated: conversation.isEscalated || ConversationRules.escalates(turn, in: conversation))
            case .known:
                guard let first = try await conversations.message(messageID, in: workspaceID)?.answer else { continue }
                conversation = try await self.conversation(conversation.id, in: workspaceID)
                return AnsweredMessage(
                    callID: conversation.id, answer: first, isEscalated: conversation.isEscalated, isReplayed: true)
            case .overtaken:
                try await requireRoom(for: turn, in: conversation, of: workspaceID)
                conversation = try await self.conversation(conversation.id, in: workspaceID)
                // It ended while the agent was thinking: the answer comes too late to be part of it.
                if conversation.isEnded { throw Fault(.conversationEnded) }
            }
        }
        throw Fault(.unavailable, retryAfterMS: 1000)
    }
}

extension NewTurn {
    fileprivate init(_ answer: AgentAnswer, to messageID: UUID, at moment: Timestamp, answerMicros: Int) {
        self.init(
            messageID: messageID, speaker: .agent, text: answer.text, at: moment, passagesUsed: answer.passagesUsed,
            isUnsure: answer.isUnsure, wantsHuman: answer.wantsHuman, intent: answer.intent,
            costMicros: answer.costMicros, answerMicros: answerMicros)
    }
}

/// Which agent answers a chat that begins.
struct ChatAgents: Sendable {
    let agents: any Asking

    /// - Parameter id: nil: the newest active agent that is reached by chat, else the newest active one.
    /// - Faults: `.agentNotFound`, `.agentNotAnswering`.
    func answering(_ id: AgentID?, for caller: Caller) async throws -> AgentRecord {
        if let id {
            let agent = try await agents.ask(GetAgent(id: id), as: caller)
            guard agent.status == .active else { throw Fault(.agentNotAnswering) }
            return agent
        }
        let active = try await agents.ask(ListAgents(statuses: [.active], limit: 100), as: caller).agents
        guard let agent = active.first(where: { $0.presence.channels.contains(.chat) }) ?? active.first else {
            throw Fault(.agentNotAnswering, "No agent is active")
        }
        return agent
    }
}
