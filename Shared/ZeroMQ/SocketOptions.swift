import CZeroMQ

extension Socket {
    /// The options that every socket of the bus has.
    ///
    /// Heartbeats are messages of ours (`Pulse`) and not libzmq's: up to 4.3.5 those abort the process when a connection
    /// ends whose receiving queue is full.
    ///
    /// - Parameter lingerMS: how long a closed socket may still send what it holds; 0 for none.
    func applyBounds(_ limits: BusLimits, lingerMS: Int) {
        set(ZMQ_LINGER, Int32(clamping: lingerMS))
        set(ZMQ_SNDHWM, Int32(clamping: limits.messagesPerPeer))
        set(ZMQ_RCVHWM, Int32(clamping: limits.messagesPerPeer))
        var size = Int64(limits.messageBytes)
        zmq_setsockopt(raw, ZMQ_MAXMSGSIZE, &size, MemoryLayout<Int64>.size)
        set(ZMQ_HANDSHAKE_IVL, Int32(clamping: limits.handshakeMS))
        set(ZMQ_TCP_KEEPALIVE, 1)
        set(ZMQ_TCP_KEEPALIVE_IDLE, 10)
        set(ZMQ_TCP_KEEPALIVE_INTVL, 5)
        set(ZMQ_TCP_KEEPALIVE_CNT, 3)
        set(ZMQ_RECONNECT_IVL, 50)
        set(ZMQ_RECONNECT_IVL_MAX, 1000)
        set(ZMQ_IMMEDIATE, 1)
    }

    /// Of a router: a send to a peer that is gone fails instead of vanishing.
    func requirePeers() { set(ZMQ_ROUTER_MANDATORY, 1) }

    /// Of a publisher: each request to hear a subject is reported, not only the first for it.
    func hearEveryRequest() { set(ZMQ_XPUB_VERBOSE, 1) }

    func subscribe(to topic: String) throws { try set(ZMQ_SUBSCRIBE, topic) }

    func allowIPv6() { set(ZMQ_IPV6, 1) }

    /// Binds, allowing IPv6 when the endpoint asks for it.
    func listen(_ endpoint: String) throws {
        if endpoint.contains("[") { allowIPv6() }
        try bind(endpoint)
    }
}
