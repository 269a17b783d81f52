import Bus
import Contracts

/// What a batch of events adds to the feeds, each workspace's in the order of the events.
struct FeedChange: Sendable, Equatable {
    var facts: [WorkspaceID: [FeedFact]] = [:]
    /// What a document is called now; nil: it is deleted.
    var documents: [DocumentKey: FeedPage.Document?] = [:]

    struct DocumentKey: Hashable, Sendable {
        let workspaceID: WorkspaceID
        let id: DocumentID
    }

    var isEmpty: Bool { facts.isEmpty && documents.isEmpty }

    /// - Throws: `MalformedMessage`.
    init(of batch: [EventRecord]) throws {
        for record in batch { try add(record) }
    }

    /// Takes in an event; kinds that nobody watches add nothing.
    /// - Throws: `MalformedMessage` for a known kind with another content.
    private mutating func add(_ record: EventRecord) throws {
        let workspaceID = WorkspaceID(record.workspaceID)
        var added: [FeedFact] = []
        if let change = try record.event(CallChanged.self) {
            added = FeedFact.of(change)
        } else if let turn = try record.event(TurnAdded.self) {
            added = FeedFact.of(turn)
        } else if let change = try record.event(AgentChanged.self) {
            added = FeedFact.of(change)
        } else if let change = try record.event(DocumentChanged.self) {
            added = FeedFact.of(change)
            documents[DocumentKey(workspaceID: workspaceID, id: change.id)] = .some(
                change.status.map { _ in FeedPage.Document(id: change.id, name: change.name, reason: change.reason) })
        }
        if !added.isEmpty { facts[workspaceID, default: []] += added }
    }
}

extension FeedFact {
    static func of(_ change: CallChanged) -> [FeedFact] {
        let isRunning = change.before.map { !$0.status.isEnd } ?? false
        guard let after = change.after else {
            // Whoever shows it as going on must hear that it does not.
            return isRunning ? [.conversationEnded(change.id)] : []
        }
        let isChat = after.channel == .chat
        func activity(_ kind: FeedActivity.Kind, _ outcome: FeedActivity.Outcome) -> FeedFact {
            .activity(FeedActivity(kind: kind, outcome: outcome, callID: change.id, agentID: after.agentID))
        }
        if after.status.isEnd {
            guard isRunning || change.before == nil else { return [] }
            let outcome: FeedActivity.Outcome =
                after.status == .failed ? .error : after.success ? .success : .warning
            return (isRunning ? [.conversationEnded(change.id)] : []) + [
                .callLogged(change.id), activity(isChat ? .chatEnded : .callEnded, outcome),
            ]
        }
        guard change.before == nil else { return [] }
        return [.conversationStarted(change.id), activity(isChat ? .chatStarted : .callStarted, .info)]
    }

    static func of(_ turn: TurnAdded) -> [FeedFact] {
        let said = FeedFact.turnAdded(turn.callID, turn: turn.number)
        guard turn.escalates else { return [said] }
        let escalation = FeedActivity(
            kind: .escalation, outcome: .warning, callID: turn.callID, agentID: turn.agentID)
        return [said, .activity(escalation)]
    }

    static func of(_ change: AgentChanged) -> [FeedFact] {
        let after = change.after
        guard !after.isDeleted, change.before?.status != after.status else { return [] }
        let status = FeedFact.agentStatus(after.id, after.status)
        guard after.status == .active else { return [status] }
        return [status, .activity(FeedActivity(kind: .agentActivated, outcome: .success, agentID: after.id))]
    }

    static func of(_ change: DocumentChanged) -> [FeedFact] {
        guard let status = change.status else { return [] }
        return [.document(change.id, status, progressPercent: min(max(change.progressPercent, 0), 100))]
    }
}
