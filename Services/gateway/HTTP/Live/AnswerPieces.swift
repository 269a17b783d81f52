import Bus
import Contracts
import Foundation
import NIOConcurrencyHelpers

/// Hands pieces of answers to those who wait for them.
final class AnswerPieces: Sendable {
    /// Pieces that wait for one reader; further ones are left out, and the answer itself makes up for them.
    private static let mostWaiting = 1024

    private let readers = NIOLockedValueBox<[UUID: AsyncStream<AnswerPiece>.Continuation]>([:])

    func take(_ piece: AnswerPiece) {
        _ = readers.withLockedValue { $0[piece.messageID] }?.yield(piece)
    }

    /// The pieces of the answer to a message, until `forget`.
    func pieces(of messageID: UUID) -> AsyncStream<AnswerPiece> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: AnswerPiece.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        readers.withLockedValue { $0[messageID] = continuation }
        return stream
    }

    func forget(_ messageID: UUID) {
        readers.withLockedValue { $0.removeValue(forKey: messageID) }?.finish()
    }
}
