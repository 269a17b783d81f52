import Bus
import Contracts
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore

/// The live connections of this gateway, and what they have in common.
///
/// A workspace that somebody watches has a room, which reads the feed once, shows each entry once and hands the same bytes
/// to every connection. The hub wakes rooms when their feed has grown, and ends connections whose credential did.
package final class LiveHub: Sendable {
    /// What rooms and connections are made of.
    struct Parts: Sendable {
        let bus: any Asking
        let surface: any LiveSurface
        let limits: LiveLimits
        let logger: Logger
        let meters = LiveMeters()
        /// See `Gateway.Parts.reached`.
        let reached: @Sendable (String) async -> Void
    }

    private struct Watched: Sendable {
        let socket: LiveSocket
        let standing: CredentialStanding
    }

    private struct State {
        var rooms: [WorkspaceID: (room: LiveRoom, count: Int)] = [:]
        var watched: [ObjectIdentifier: Watched] = [:]
        /// From the handshake on.
        var sockets = 0
        var heardAt: UInt64 = 0
    }

    let parts: Parts
    let paths: Set<String>
    package let tickets: LiveTickets
    let pieces = AnswerPieces()
    private let authentication: Authentication
    private let state = NIOLockedValueBox(State())

    /// Hears news from now on; made before the bus is started.
    /// - Parameter paths: where live connections are opened, such as `/ws`.
    package init(
        paths: Set<String>, surface: any LiveSurface, bus: any Asking & Announcing, authentication: Authentication,
        tickets: LiveTickets, limits: LiveLimits = LiveLimits(), logger: Logger,
        reached: @escaping @Sendable (String) async -> Void = { _ in }
    ) {
        self.paths = paths
        self.tickets = tickets
        self.authentication = authentication
        parts = Parts(bus: bus, surface: surface, limits: limits, logger: logger, reached: reached)
        bus.subscribe(to: FeedsGrown.self, missed: {}, { [weak self] in self?.wake($0.heads) })
        bus.subscribe(to: AnswerPiece.self, missed: {}, { [pieces] in pieces.take($0) })
    }

    var limits: LiveLimits { parts.limits }

    /// Polls behind the news, and looks after credentials, until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.poll() }
            group.addTask { await self.checkCredentials() }
        }
    }

    // MARK: Places

    /// Takes a place for a connection, if there is one.
    func takePlace() -> Bool {
        state.withLockedValue { state in
            guard state.sockets < limits.sockets else { return false }
            state.sockets += 1
            parts.meters.open(sockets: state.sockets)
            return true
        }
    }

    func givePlaceBack() {
        state.withLockedValue { state in
            state.sockets -= 1
            parts.meters.open(sockets: state.sockets)
        }
    }

    var isFull: Bool { state.withLockedValue { $0.sockets >= limits.sockets } }

    /// The room of a workspace, in which one more has a place.
    /// - Throws: `.overloaded` when its connections are as many as they may be.
    func enter(_ workspaceID: WorkspaceID) throws -> LiveRoom {
        try state.withLockedValue { state in
            let known = state.rooms[workspaceID]
            guard (known?.count ?? 0) < limits.socketsPerWorkspace else {
                throw Fault(.overloaded, "This workspace has as many live connections as it may")
            }
            let room = known?.room ?? LiveRoom(workspaceID, parts)
            state.rooms[workspaceID] = (room, (known?.count ?? 0) + 1)
            if known == nil { room.begin() }
            return room
        }
    }

    func leave(_ workspaceID: WorkspaceID) {
        let empty: LiveRoom? = state.withLockedValue { state in
            guard let known = state.rooms[workspaceID] else { return nil }
            state.rooms[workspaceID] = known.count > 1 ? (known.room, known.count - 1) : nil
            return known.count > 1 ? nil : known.room
        }
        empty?.stop()
    }

    // MARK: News

    private func wake(_ heads: [FeedHeads.Head]) {
        let rooms = state.withLockedValue { state in
            heads.compactMap { head in state.rooms[head.workspaceID].map { ($0.room, head.number) } }
        }
        for (room, number) in rooms { room.heard(of: number) }
    }

    private func poll() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(limits.pollMS))
            let ids = state.withLockedValue { Array($0.rooms.keys) }
            for start in stride(from: 0, to: ids.count, by: 1000) {
                let part = Array(ids[start..<min(ids.count, start + 1000)])
                let answer = try? await parts.bus.ask(
                    ListFeedHeads(workspaceIDs: part), as: .service("gateway"), within: 2000)
                wake(answer?.heads ?? [])
            }
        }
    }

    // MARK: Credentials

    /// Ends the connection when this credential does.
    func watch(_ socket: LiveSocket, _ standing: CredentialStanding) {
        state.withLockedValue { $0.watched[ObjectIdentifier(socket)] = Watched(socket: socket, standing: standing) }
    }

    func forget(_ socket: LiveSocket) {
        state.withLockedValue { $0.watched[ObjectIdentifier(socket)] = nil }
    }

    private func checkCredentials() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(limits.checkMS))
            let watched = state.withLockedValue { Array($0.watched.values) }
            let now = Timestamp.now()
            for entry in watched {
                do {
                    try authentication.requireGood(entry.standing, at: now)
                } catch let fault as Fault {
                    entry.socket.close(fault.closeCode, fault.message, after: .error(fault))
                } catch {}
            }
        }
    }
}

extension Fault {
    /// How a connection ends because of it.
    var closeCode: CloseCode {
        switch kind {
        case .tooMany, .unavailable, .overloaded, .deadlinePassed, .stillRunning: .tryAgain
        case .unexpected: .unexpected
        default: .policy
        }
    }
}
