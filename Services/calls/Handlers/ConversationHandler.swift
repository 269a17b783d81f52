import Bus
import Contracts
import ServiceRuntime

/// Shows, ends and rates conversations.
struct ConversationHandler: Sendable {
    let conversations: any ConversationRepository
    let calls: any CallRepository
    var now: @Sendable () -> Timestamp = { .now() }

    private static let attempts = 20
    /// More than a transcript holds.
    private static let allTurns = 100_000

    @Sendable func handle(_ request: GetConversation, from caller: Caller) async throws -> Conversation {
        let workspaceID = try caller.requireWorkspace()
        let (id, conversation) = try await find(request.conversation, in: workspaceID)
        let call = try await call(id, in: workspaceID)
        guard conversation != nil else { return Conversation(call: call.record, turns: []) }
        let turns = try await conversations.turns(
            of: id, in: workspaceID, from: request.fromTurn, count: Self.allTurns)
        return Conversation(call: call.record, turns: turns)
    }

    @Sendable func handle(_ request: EndConversation, from caller: Caller) async throws -> CallRecord {
        let workspaceID = try caller.requireWorkspace()
        let (id, conversation) = try await find(request.conversation, in: workspaceID)
        guard conversation != nil else { throw Fault(.conversationNotFound) }
        return try await end(id, in: workspaceID, at: now())
    }

    @Sendable func handle(_ request: RateConversation, from caller: Caller) async throws -> CallRecord {
        let workspaceID = try caller.requireWorkspace()
        guard (1...5).contains(request.rating) else {
            throw Fault(.inputInvalid, "rating must be from 1 to 5", field: "rating")
        }
        let (id, _) = try await find(request.conversation, in: workspaceID)
        var fields = CallFields()
        fields.rating = request.rating
        return try await change(id, in: workspaceID) { _ in fields }
    }

    /// Ends a conversation in which nothing more was said, as of its last word.
    /// - Returns: false when somebody has just spoken.
    func endSilent(_ id: CallID, in workspaceID: WorkspaceID, since: Timestamp) async throws -> Bool {
        do {
            _ = try await end(id, in: workspaceID, at: nil, unlessHeardSince: since)
        } catch is HeardAgain {
            return false
        } catch let fault as Fault where fault.entry == .conversationNotFound {
            // Its call was never stored, or is deleted.
            try await conversations.close(id, in: workspaceID)
        }
        return true
    }

    private struct HeardAgain: Error {}

    /// - Parameter moment: nil: when something was said last.
    private func end(
        _ id: CallID, in workspaceID: WorkspaceID, at moment: Timestamp?, unlessHeardSince since: Timestamp? = nil
    ) async throws -> CallRecord {
        guard let reference = ConversationReference(id.description) else { throw Fault(.conversationNotFound) }
        let record = try await change(id, in: workspaceID) { call in
            if call.state.facts.status.isEnd { return CallFields() }
            guard let conversation = try await conversations.conversation(reference, in: workspaceID) else {
                throw Fault(.conversationNotFound)
            }
            let figures = try await conversations.figures(of: id, in: workspaceID)
            if let since, let last = figures.lastTurnAt, last >= since { throw HeardAgain() }
            return ConversationRules.ending(
                conversation, figures, at: moment ?? figures.lastTurnAt ?? conversation.startedAt)
        }
        try await Failpoint.hit("calls.ended-unclosed")
        try await conversations.close(id, in: workspaceID)
        return record
    }

    /// - Faults: `.conversationNotFound`, also for a text that names nothing.
    private func find(
        _ text: String, in workspaceID: WorkspaceID
    ) async throws -> (id: CallID, conversation: StoredConversation?) {
        guard let reference = ConversationReference(text) else { throw Fault(.conversationNotFound) }
        if let found = try await conversations.conversation(reference, in: workspaceID) { return (found.id, found) }
        guard let id = reference.id else { throw Fault(.conversationNotFound) }
        return (id, nil)
    }

    private func call(_ id: CallID, in workspaceID: WorkspaceID) async throws -> StoredCall {
        do {
            return try await calls.call(id, in: workspaceID)
        } catch let fault as Fault where fault.entry == .callNotFound {
            throw Fault(.conversationNotFound)
        }
    }

    private func change(
        _ id: CallID, in workspaceID: WorkspaceID, to fields: (StoredCall) async throws -> CallFields
    ) async throws -> CallRecord {
        for _ in 0..<Self.attempts {
            let call = try await call(id, in: workspaceID)
            let now = now()
            let next = try call.state.changed(by: try await fields(call), at: now)
            if next == call.state { return call.record }
            if try await calls.replace(call, by: next, in: workspaceID, at: now) {
                return call.replaced(by: next, at: now).record
            }
        }
        throw Fault(.unavailable, retryAfterMS: 1000)
    }
}
