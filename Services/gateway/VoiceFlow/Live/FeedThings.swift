import Bus
import Contracts
import Foundation
import GatewayHTTP

/// What the entries of a page are about, asked for once each; what is missing was deleted.
struct FeedThings: Sendable {
    /// So many questions at a time.
    private static let width = 16

    private(set) var calls: [CallID: CallRecord] = [:]
    private(set) var turns: [CallID: [Turn]] = [:]
    private(set) var agents: [AgentID: AgentRecord] = [:]
    private(set) var documents: [DocumentID: FeedPage.Document] = [:]

    private enum Question: Hashable, Sendable {
        case call(CallID)
        /// From a turn on.
        case conversation(CallID, Int)
        case agent(AgentID)
    }

    private enum Reply: Sendable {
        case call(CallRecord)
        case conversation(Conversation)
        case agent(AgentRecord)
        case gone
    }

    static func asked(for page: FeedPage, _ asker: LiveAsker) async throws -> FeedThings {
        var things = FeedThings()
        for document in page.documents { things.documents[document.id] = document }
        var questions = Array(questions(of: page))[...]
        try await withThrowingTaskGroup(of: Reply.self) { group in
            for question in questions.prefix(width) { group.addTask { try await reply(to: question, asker) } }
            questions = questions.dropFirst(width)
            while let reply = try await group.next() {
                things.note(reply)
                if let question = questions.popFirst() {
                    group.addTask { try await Self.reply(to: question, asker) }
                }
            }
        }
        return things
    }

    private static func questions(of page: FeedPage) -> Set<Question> {
        var (calls, conversations, agents): (Set<CallID>, [CallID: Int], Set<AgentID>) = ([], [:], [])
        for entry in page.entries {
            switch entry.fact {
            case .turnAdded(let id, let number): conversations[id] = min(number, conversations[id] ?? number)
            case .conversationStarted(let id), .conversationEnded(let id), .callLogged(let id): calls.insert(id)
            case .activity(let activity):
                if let id = activity.callID { calls.insert(id) } else if let id = activity.agentID { agents.insert(id) }
            case .agentStatus(let id, _): agents.insert(id)
            case .document: break
            }
        }
        return Set(calls.subtracting(conversations.keys).map { .call($0) })
            .union(conversations.map { .conversation($0.key, $0.value) }).union(agents.map { .agent($0) })
    }

    private static func reply(to question: Question, _ asker: LiveAsker) async throws -> Reply {
        do {
            switch question {
            case .call(let id): return .call(try await asker.ask(GetCall(id: id)))
            case .conversation(let id, let number):
                let question = GetConversation(conversation: id.description, fromTurn: number)
                return .conversation(try await asker.ask(question))
            case .agent(let id): return .agent(try await asker.ask(GetAgent(id: id)))
            }
        } catch let fault as Fault where fault.kind == .notFound {
            return .gone
        }
    }

    private mutating func note(_ reply: Reply) {
        switch reply {
        case .call(let call): calls[call.id] = call
        case .conversation(let conversation):
            calls[conversation.call.id] = conversation.call
            turns[conversation.call.id] = conversation.turns
        case .agent(let agent): agents[agent.id] = agent
        case .gone: break
        }
    }
}
