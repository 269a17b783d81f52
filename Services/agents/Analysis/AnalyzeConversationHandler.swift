import Bus
import Contracts
import Logging
import NIOPosix

/// Says what a conversation was about: by the language model where there is one and it gives a valid answer, at the
/// second go if need be, else by the local method.
struct AnalyzeConversationHandler: Sendable {
    /// Time that is left for everything behind the model's answer.
    static let reserveMS = 300

    /// Nil where there is no model.
    let chat: (any ChatModel)?
    let logger: Logger

    @Sendable func handle(_ request: AnalyzeConversation, from caller: Caller) async throws -> ConversationAnalysis {
        let heard = try HeardConversation(request)
        if let chat, let analysis = await generated(heard, language: request.language, by: chat) { return analysis }
        return try await Self.thread.runIfActive { LocalAnalysis.of(heard) }
    }

    /// One after the other on a thread of their own: whoever waits for an answer does not wait for a long transcript.
    private static let thread: NIOThreadPool = {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        return thread
    }()

    private func generated(
        _ heard: HeardConversation, language: String?, by chat: any ChatModel
    ) async -> ConversationAnalysis? {
        let leftMS = (RequestContext.current?.deadline.remainingMS ?? AnalyzeConversation.deadlineMS) - Self.reserveMS
        let deadline = Deadline.after(milliseconds: leftMS)
        var question = AnalysisQuestion.request(heard, language: language)
        var costMicros = 0
        for attempt in 1...2 {
            do {
                let reply = try await chat.reply(to: question, by: deadline) { _ in }
                costMicros += reply.costMicros
                do {
                    return Self.analysis(try AnalysisAnswer(reply.text), reply, costMicros)
                } catch {
                    logger.notice(
                        "an analysis is not valid", metadata: ["attempt": "\(attempt)", "cause": "\(error.what)"])
                    question = AnalysisQuestion.repair(question, answer: reply.text, wrong: error.what)
                }
            } catch {
                logger.warning("the language model gave no analysis", metadata: ["cause": "\(error)"])
                return nil
            }
        }
        return nil
    }

    private static func analysis(
        _ answer: AnalysisAnswer, _ reply: ChatReply, _ costMicros: Int
    ) -> ConversationAnalysis {
        ConversationAnalysis(
            summary: answer.summary, sentiment: answer.sentiment, emotions: answer.emotions,
            keyPhrases: answer.keyPhrases, topics: answer.topics, intent: answer.intent,
            qualityPermille: answer.qualityPermille, provider: "openai-compatible", model: reply.model,
            version: AnalysisQuestion.version, costMicros: costMicros)
    }
}
