import Bus
import Contracts
import Logging

/// Answers what somebody says to an agent: by a language model where there is one, else with the agent's own knowledge,
/// word by word. A model that gives no answer in time costs nobody theirs.
///
/// Asking twice changes nothing; a model is paid twice.
struct AnswerMessageHandler: Sendable {
    /// Passages that are searched for.
    static let mostPassages = 6
    /// Time that is left for everything behind the model's answer.
    static let reserveMS = 400

    let agents: any AgentRepository
    let companies: any CompanyRepository
    let passages: any PassageSearch
    /// Nil where there is no model.
    let chat: (any ChatModel)?
    /// Nil where there are no vectors.
    var nearest: NearestQuote?
    let bus: any Announcing
    let counts: AnsweringCounts
    let logger: Logger

    @Sendable func handle(_ request: AnswerMessage, from caller: Caller) async throws -> AgentAnswer {
        let workspaceID = try caller.requireWorkspace()
        guard let agent = try await agents.find(request.agentID, in: workspaceID) else { throw Fault(.agentNotFound) }
        guard agent.status == .active else { throw Fault(.agentNotAnswering) }
        let company = chat == nil ? nil : try await companies.find(in: workspaceID)
        let question = AnswerQuestion(agent: agent, company: company, text: request.text, history: request.history)
        let found = try await find(for: question, in: workspaceID)
        let sender = PieceSender(messageID: request.messageID, bus: bus)
        if let chat, let answer = await generated(question, found, by: chat, sender) { return answer }
        let quoted = await quoted(question, found)
        counts.note(quoted.isUnsure ? .unknown : .quoted)
        // Behind pieces of another answer this one would only confuse; the reply holds it anyway.
        if sender.sent == 0 {
            sender.add(quoted.text)
            sender.flush()
        }
        return AgentAnswer(
            text: quoted.text, passagesUsed: quoted.passagesUsed, isUnsure: quoted.isUnsure,
            wantsHuman: question.intent == .human, intent: question.intent.rawValue)
    }

    private func find(for question: AnswerQuestion, in workspaceID: WorkspaceID) async throws -> [FoundPassage] {
        guard !question.intent.isSmallTalk, !question.text.isEmpty else { return [] }
        return try await passages.passages(
            for: question.searchText, agent: question.agent.id, in: workspaceID, limit: Self.mostPassages)
    }

    /// By words, and where these do not suffice by what passages mean.
    private func quoted(_ question: AnswerQuestion, _ found: [FoundPassage]) async -> ExtractiveAnswerer.Answer {
        let quoted = ExtractiveAnswerer().answer(question, passages: found)
        guard quoted.isUnsure, let nearest, let text = await nearest.quote(for: question, from: found) else {
            return quoted
        }
        return ExtractiveAnswerer.Answer(text: text, passagesUsed: 1, isUnsure: false)
    }

    /// Nil when the model gives no answer; why is in the log.
    private func generated(
        _ question: AnswerQuestion, _ found: [FoundPassage], by chat: any ChatModel, _ sender: PieceSender
    ) async -> AgentAnswer? {
        let prompt = ChatRequest(messages: AnswerPrompt.messages(for: question, passages: found))
        let leftMS = (RequestContext.current?.deadline.remainingMS ?? 5000) - Self.reserveMS
        do {
            let reply = try await chat.reply(to: prompt, by: .after(milliseconds: leftMS)) { sender.add($0) }
            sender.flush()
            counts.note(.generated)
            return AgentAnswer(
                text: reply.text, passagesUsed: min(found.count, AnswerPrompt.mostPassages),
                isUnsure: Phrases.saysUnknown(reply.text), wantsHuman: question.intent == .human,
                intent: question.intent.rawValue, costMicros: reply.costMicros)
        } catch {
            sender.drop()
            counts.note(.fellBack)
            logger.warning("the language model gave no answer", metadata: ["cause": "\(error)"])
            return nil
        }
    }
}
