import Bus
import Foundation
import Hummingbird
import NIOCore
import Synchronization

/// What the gateway knows of the connection that a request comes over.
package final class Connection: Sendable {
    /// Where a connection is between one request and the next.
    enum Phase: UInt64 {
        /// No byte of a request yet.
        case waiting = 0
        /// The header is coming in.
        case readingHeader = 1
        /// A handler is at work, or its answer is being written.
        case working = 2
        case readingBody = 3
        /// Answered without reading the body: soon to be closed.
        case lingering = 4
    }

    /// The connection of the current task.
    @TaskLocal static var current: Connection?

    package let peer: NetworkAddress
    package let isSecure: Bool
    private let channel: (any Channel)?
    /// Nanoseconds since when, the last three bits replaced by the phase.
    private let state: Atomic<UInt64>
    /// The request under way came in HTTP/1.0, whose connections end with the answer.
    private let isOldHTTP = Atomic<Bool>(false)

    package init(peer: NetworkAddress, isSecure: Bool = false, channel: (any Channel)? = nil) {
        self.peer = peer
        self.isSecure = isSecure
        self.channel = channel
        state = Atomic(Self.packed(.waiting))
    }

    /// - Parameter nanoseconds: for how long it has been in this phase before, with another one between.
    func enter(_ phase: Phase, alreadyFor nanoseconds: UInt64 = 0) {
        state.store(Self.packed(phase, alreadyFor: nanoseconds), ordering: .relaxed)
    }

    /// Counts the phase from now on.
    func restartPhase() {
        enter(phase.phase)
    }

    /// The phase and for how many nanoseconds it has lasted.
    var phase: (phase: Phase, nanoseconds: UInt64) {
        let state = state.load(ordering: .relaxed)
        let now = monotonicNanoseconds() & ~7
        let since = state & ~7
        return (Phase(rawValue: state & 7) ?? .waiting, now > since ? now - since : 0)
    }

    func noteOldHTTP() {
        isOldHTTP.store(true, ordering: .relaxed)
    }

    /// Whether the sender expects the connection to end with the answer.
    func endsAfterAnswer(to headers: HTTPFields) -> Bool {
        // Behind a request that would speak something else from there on HTTP's decoder reads no further one.
        if headers[.upgrade] != nil { return true }
        guard let wish = headers[.connection]?.lowercased() else { return isOldHTTP.load(ordering: .relaxed) }
        let tokens = wish.split { $0 == "," || $0 == " " }
        return tokens.contains("close") || (isOldHTTP.load(ordering: .relaxed) && !tokens.contains("keep-alive"))
    }

    /// Says that nothing more is sent, behind what is being sent.
    func finish() {
        channel?.close(mode: .output, promise: nil)
    }

    /// Waits until the connection's thread has seen what was written, so that it can say when it is enough. A writer that
    /// is faster than that thread would else run ahead of it, and all of that would be held in memory.
    func awaitWrites() async throws {
        try await channel?.eventLoop.submit {}.get()
    }

    /// Tells a client that waits for it that its body is welcome.
    func sendContinue() {
        guard let channel else { return }
        channel.eventLoop.execute {
            (try? channel.pipeline.syncOperations.handler(type: ConnectionGuard.self))?.sendContinue()
        }
    }

    private static func packed(_ phase: Phase, alreadyFor nanoseconds: UInt64 = 0) -> UInt64 {
        let now = monotonicNanoseconds()
        return (now > nanoseconds ? now - nanoseconds : 0) & ~7 | phase.rawValue
    }
}
