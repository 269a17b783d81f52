import Foundation

@testable import ZeroMQ

/// A libzmq socket without anything of the bus around it: a peer that need not keep to the protocol. For one task.
final class RawPeer {
    let socket: Socket
    private let context: SocketContext

    init(_ kind: Socket.Kind) throws {
        context = try SocketContext()
        socket = try Socket(kind, in: context)
    }

    func close() {
        socket.close()
        context.terminate()
    }

    /// Sends a message of several parts, waiting for room.
    func send(_ parts: [[UInt8]]) async {
        for (index, part) in parts.enumerated() {
            while case .full = socket.send(part, more: index + 1 < parts.count) {
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    /// The parts of the next message, nil when none comes.
    func receive(within milliseconds: Int = 2000) async -> [[UInt8]]? {
        for _ in 0..<max(1, milliseconds / 2) {
            if var part = socket.receive() {
                var parts = [[UInt8](part.bytes)]
                while part.hasMore, let next = socket.receive() {
                    part = next
                    parts.append([UInt8](part.bytes))
                }
                return parts
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return nil
    }
}

/// Runs a test with a raw peer and closes it whatever comes of it.
func withRawPeer(_ kind: Socket.Kind, _ body: (RawPeer) async throws -> Void) async throws {
    let peer = try RawPeer(kind)
    do {
        try await body(peer)
    } catch {
        peer.close()
        throw error
    }
    peer.close()
}
