import Bus
import CZeroMQ

/// Answers libzmq when it asks whether a key may come in (RFC 27, ZAP): only those on the allow-list, under the name of
/// their service. Its socket is bound before any that listens to the outside.
final class Doorkeeper: @unchecked Sendable {
    private let socket: Socket
    private let wake = Wake()
    private let stopped = Locked(false)
    /// Names by key.
    private let names: [[UInt8]: String]

    init(keys: CurveKeys, in context: SocketContext) throws {
        names = Dictionary(
            keys.allowed.compactMap { name, key in CurveKeys.bytes(of: key).map { ($0, name) } },
            uniquingKeysWith: { first, _ in first })
        socket = try Socket(.reply, in: context)
        do {
            try socket.bind("inproc://zeromq.zap.01")
        } catch {
            socket.close()
            throw error
        }
    }

    func stop() {
        stopped.withLock { $0 = true }
        wake.signal()
    }

    /// Answers until told to stop, then closes the socket; from then on nobody is let in.
    func run() {
        var poller = Poller(wake: wake)
        _ = poller.watch(socket.descriptor)
        while !stopped.withLock({ $0 }) {
            while let parts = nextQuestion() { answer(parts) }
            poller.poll(timeoutMS: -1) { !self.stopped.withLock { $0 } && !self.socket.readiness.canReceive }
        }
        socket.close()
    }

    func close() { socket.close() }

    private func nextQuestion() -> [[UInt8]]? {
        guard var part = socket.receive() else { return nil }
        var parts = [[UInt8](part.bytes)]
        while part.hasMore, let next = socket.receive() {
            part = next
            parts.append([UInt8](part.bytes))
        }
        return parts
    }

    /// Parts: version, request id, domain, address, routing id, mechanism, the key as 32 bytes.
    private func answer(_ parts: [[UInt8]]) {
        let key = parts.count == 7 && parts[5] == Array("CURVE".utf8) ? parts[6] : []
        let name = names[key]
        let reply = [
            Array("1.0".utf8), parts.count > 1 ? parts[1] : [], Array((name == nil ? "400" : "200").utf8),
            Array((name == nil ? "no such key" : "OK").utf8), Array((name ?? "").utf8), [],
        ]
        for (index, part) in reply.enumerated() { _ = socket.send(part, more: index + 1 < reply.count) }
    }
}
