import Contracts
import Foundation
import ServiceHost
import ServiceRuntime

/// A mistake that the fault tests must catch; it exists in no build that is not made for those tests.
extension PostgresConversationRepository {
    /// A turn whose commit was not confirmed is taken for one that was not stored.
    static var takesUnknownForFailed: Bool { PlantedBug.isPlanted("message-stored-again") }

    /// Stores it as another message.
    func addAnew(
        _ turn: NewTurn, to conversation: StoredConversation, in workspaceID: WorkspaceID
    ) async throws -> TurnOutcome {
        guard let reference = ConversationReference(conversation.id.description),
            let now = try await self.conversation(reference, in: workspaceID)
        else { return .overtaken }
        let other = NewTurn(
            messageID: UUIDv7.make(), speaker: turn.speaker, text: turn.text, at: turn.at,
            answerMicros: turn.answerMicros)
        return try await add(other, to: now, in: workspaceID)
    }
}
