import Bus
import Contracts
import Foundation

/// One client's side of a live connection, for whoever answers what it has sent.
package struct LiveDialogue: Sendable {
    package let asker: LiveAsker
    package let makeID: @Sendable () -> UUID
    let pieces: AnswerPieces
    let deliver: @Sendable (LiveFrame) async -> Void

    package init(
        asker: LiveAsker, makeID: @escaping @Sendable () -> UUID, deliver: @escaping @Sendable (LiveFrame) async -> Void
    ) {
        self.init(asker: asker, makeID: makeID, pieces: AnswerPieces(), deliver: deliver)
    }

    init(
        asker: LiveAsker, makeID: @escaping @Sendable () -> UUID, pieces: AnswerPieces,
        deliver: @escaping @Sendable (LiveFrame) async -> Void
    ) {
        self.asker = asker
        self.makeID = makeID
        self.pieces = pieces
        self.deliver = deliver
    }

    /// - Throws: `.permissionDenied` when the credential lacks a scope.
    package func require(_ scopes: Scopes) throws {
        guard asker.caller.grantedScopes.allow(scopes) else { throw Fault(.permissionDenied) }
    }

    /// Sends this client a frame, no faster than it reads.
    package func send(_ frame: LiveFrame) async {
        await deliver(frame)
    }

    /// A piece of an answer that was announced.
    package func hear(_ piece: AnswerPiece) {
        pieces.take(piece)
    }

    /// Asks something whose answer is announced in pieces on the way to it.
    /// - Parameters:
    ///   - messageID: what the pieces are announced under.
    ///   - show: is given each piece in order; once one is missing none.
    /// - Returns: the reply, and all that was shown.
    package func ask<Request: BusRequest>(
        _ request: Request, messageID: UUID, showing show: @escaping @Sendable (String) async -> Void
    ) async throws -> (reply: Request.Reply, shown: String) {
        let stream = pieces.pieces(of: messageID)
        let showing = Task {
            var (shown, next) = ("", 0)
            for await piece in stream where piece.number == next {
                next += 1
                shown += piece.text
                if !piece.text.isEmpty { await show(piece.text) }
            }
            return shown
        }
        do {
            let reply = try await asker.ask(request)
            pieces.forget(messageID)
            return (reply, await showing.value)
        } catch {
            pieces.forget(messageID)
            _ = await showing.value
            throw error
        }
    }
}
