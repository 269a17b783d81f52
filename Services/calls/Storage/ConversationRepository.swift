import Contracts
import Foundation

/// A message that was said before, and its answer when it has one.
struct KnownMessage: Sendable {
    let callID: CallID
    let question: Turn
    let answer: Turn?
}

/// What became of a turn that was to be added.
enum TurnOutcome: Sendable {
    case added(Turn)
    /// Somebody else added one first, or the call changed: read it again.
    case overtaken
    /// This message has such a turn already.
    case known
}

/// Where conversations and their turns are kept.
protocol ConversationRepository: Sendable {
    /// The one that has the session id, the newest if several had it, else the one of this UUID.
    func conversation(
        _ reference: ConversationReference, in workspaceID: WorkspaceID
    ) async throws -> StoredConversation?

    /// The running one of the session id; the given one when there was none.
    func open(_ new: StoredConversation, in workspaceID: WorkspaceID) async throws -> StoredConversation

    func message(_ id: UUID, in workspaceID: WorkspaceID) async throws -> KnownMessage?

    /// Adds a turn to the conversation's call as it was when the conversation was read, with the event that announces it.
    func add(
        _ turn: NewTurn, to conversation: StoredConversation, in workspaceID: WorkspaceID
    ) async throws -> TurnOutcome

    /// In order, from one of them on.
    func turns(of id: CallID, in workspaceID: WorkspaceID, from number: Int, count: Int) async throws -> [Turn]

    func figures(of id: CallID, in workspaceID: WorkspaceID) async throws -> AnswerFigures

    /// A conversation whose call is gone or over is not running.
    func close(_ id: CallID, in workspaceID: WorkspaceID) async throws

    /// Running ones of all workspaces in which nothing was said since a moment, the longest silent first.
    func silent(since: Timestamp, limit: Int) async throws -> [(workspaceID: WorkspaceID, id: CallID)]
}
