import Bus
import Contracts
import Foundation
import Synchronization

/// Announces an answer while it is being made, a few words at a time: what came within 50 ms, or 40 characters.
final class PieceSender: Sendable {
    static let pauseNS: UInt64 = 50_000_000
    static let characters = 40

    private struct State {
        var pending = ""
        var number = 0
        var sentAt: UInt64 = 0
    }

    private let messageID: UUID
    private let bus: any Announcing
    private let clock: @Sendable () -> UInt64
    private let state = Mutex(State())

    init(
        messageID: UUID, bus: any Announcing, clock: @escaping @Sendable () -> UInt64 = { monotonicNanoseconds() }
    ) {
        self.messageID = messageID
        self.bus = bus
        self.clock = clock
    }

    var sent: Int { state.withLock { $0.number } }

    func add(_ text: String) {
        send { state in
            state.pending += text
            return state.pending.count >= Self.characters || clock() >= state.sentAt &+ Self.pauseNS
        }
    }

    /// What is left goes out.
    func flush() {
        send { _ in true }
    }

    /// The answer that was begun is given up; what of it waits is not sent.
    func drop() {
        state.withLock { $0.pending = "" }
    }

    /// Published while the state is held, so that pieces leave in the order of their numbers.
    private func send(when isTime: (inout State) -> Bool) {
        state.withLock { state in
            guard isTime(&state), !state.pending.isEmpty else { return }
            bus.publish(AnswerPiece(messageID: messageID, number: state.number, text: state.pending))
            state.number += 1
            state.pending = ""
            state.sentAt = clock()
        }
    }
}
