import Bus

/// One connecting socket to one endpoint, and whether somebody answers there. Belongs to one thread.
///
/// Live means that the handshake is done and heartbeats come: a paused process accepts connections but is not live.
final class Connection {
    let endpoint: String
    let socket: Socket
    private let monitor: Socket
    private(set) var isLive = false
    var pulse: Pulse
    /// The peer said that it is stopping.
    var isDraining = false
    /// The last send was refused; cleared when the socket's state may have changed.
    var isFull = false
    /// Something was sent since the socket was last emptied, so its descriptor may stay silent.
    var needsReceiving = true
    /// Its monitor was never emptied, so that one's descriptor may stay silent.
    var needsObserving = true
    /// Questions at this endpoint without an answer.
    var load = 0
    /// Where a `Poller` watches it.
    var slot = 0

    init(_ kind: Socket.Kind, to endpoint: String, in parts: ConnectionParts) throws {
        self.endpoint = endpoint
        pulse = Pulse(limits: parts.limits)
        socket = try Socket(kind, in: parts.context)
        do {
            socket.applyBounds(parts.limits, lingerMS: 0)
            if let keys = parts.keys, let owner = parts.owner { try keys.secure(socket, askingFor: owner) }
            monitor = try socket.monitor(in: parts.context, named: parts.monitorName)
        } catch {
            socket.close()
            throw error
        }
    }

    func connect() throws {
        if endpoint.contains("[") { socket.allowIPv6() }
        try socket.connect(endpoint)
    }

    var descriptors: (socket: Int32, monitor: Int32) { (socket.descriptor, monitor.descriptor) }

    /// The next change of `isLive`, already applied.
    func nextChange() -> Change? {
        needsObserving = false
        while let event = monitor.nextEvent() {
            switch event {
            case .connected:
                isLive = true
                isDraining = false
                isFull = false
                pulse.restart()
                return .connected
            case .disconnected, .refused, .unfinished:
                guard isLive else { continue }
                isLive = false
                return .disconnected
            }
        }
        return nil
    }

    enum Change {
        case connected
        case disconnected
    }

    func close() {
        socket.close()
        monitor.close()
    }
}

/// What all connections of a thread have in common.
struct ConnectionParts {
    let context: SocketContext
    let limits: BusLimits
    let keys: CurveKeys?
    /// The service that is expected at the other end.
    var owner: String?
    /// Distinct for every connection of the context.
    var monitorName: String
}
