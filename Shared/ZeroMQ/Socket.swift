import CZeroMQ
import Glibc

/// One libzmq context. Terminated once, after every socket in it is closed.
final class SocketContext: @unchecked Sendable {
    fileprivate let raw: UnsafeMutableRawPointer

    init() throws {
        guard let raw = zmq_ctx_new() else { throw ZeroMQFailure("no context") }
        self.raw = raw
        zmq_ctx_set(raw, ZMQ_IO_THREADS, 1)
        zmq_ctx_set(raw, ZMQ_MAX_SOCKETS, 8192)
    }

    /// Waits until the sockets have flushed, at most as long as they linger. Blocks: only on a thread of the bus.
    func terminate() {
        while zmq_ctx_term(raw) != 0, czmq_errno() == EINTR {}
    }
}

/// A socket that one thread at a time uses, and that is closed by hand in that thread.
final class Socket {
    enum Kind: Int32 {
        case dealer = 5
        case router = 6
        case reply = 4
        case subscriber = 2
        case publisher = 9
        case pair = 0
    }

    /// What came of a send that never waits.
    enum Sending {
        case sent
        /// The peer's queue is full.
        case full
        /// No such peer, or none any more.
        case noPeer
    }

    private(set) var raw: UnsafeMutableRawPointer?
    let descriptor: Int32
    private var message = zmq_msg_t()

    init(_ kind: Kind, in context: SocketContext) throws {
        guard let raw = zmq_socket(context.raw, kind.rawValue) else { throw ZeroMQFailure("no socket") }
        self.raw = raw
        descriptor = czmq_descriptor(raw)
        zmq_msg_init(&message)
        set(ZMQ_LINGER, 0)
    }

    func close() {
        guard let raw else { return }
        zmq_msg_close(&message)
        zmq_close(raw)
        self.raw = nil
    }

    deinit { assert(raw == nil, "a socket was not closed by its thread") }

    /// Sets an option that cannot fail for a value of ours.
    func set(_ option: Int32, _ value: Int32) {
        var value = value
        let status = zmq_setsockopt(raw, option, &value, MemoryLayout<Int32>.size)
        precondition(status == 0, "socket option \(option) = \(value): \(ZeroMQFailure("zmq_setsockopt"))")
    }

    func set(_ option: Int32, _ text: String) throws {
        var text = text
        let status = text.withUTF8 { zmq_setsockopt(raw, option, $0.baseAddress, $0.count) }
        guard status == 0 else { throw ZeroMQFailure("socket option \(option)") }
    }

    func bind(_ endpoint: String) throws {
        guard zmq_bind(raw, endpoint) == 0 else { throw ZeroMQFailure("bind \(endpoint)") }
    }

    func connect(_ endpoint: String) throws {
        guard zmq_connect(raw, endpoint) == 0 else { throw ZeroMQFailure("connect \(endpoint)") }
    }

    /// Where the last `bind` really listens: the port that was chosen for port 0.
    var lastEndpoint: String {
        var text = [CChar](repeating: 0, count: 1024)
        var size = text.count
        guard zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else { return "" }
        return String(decoding: text.prefix(max(0, size - 1)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Sends one part without ever waiting.
    func send(_ bytes: UnsafeRawBufferPointer, more: Bool = false) -> Sending {
        while true {
            if zmq_send(raw, bytes.baseAddress, bytes.count, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0 {
                return .sent
            }
            switch czmq_errno() {
            case EINTR: continue
            case EAGAIN: return .full
            default: return .noPeer
            }
        }
    }

    func send(_ bytes: [UInt8], more: Bool = false) -> Sending {
        bytes.withUnsafeBytes { send($0, more: more) }
    }

    /// What the socket can do now. Asking takes note of every change so far, so the descriptor stays silent about them.
    var readiness: (canReceive: Bool, canSend: Bool) {
        let events = czmq_events(raw)
        return (events & ZMQ_POLLIN != 0, events & ZMQ_POLLOUT != 0)
    }

    /// One received part. Its bytes live until the next `receive`.
    struct Part {
        let bytes: UnsafeRawBufferPointer
        let hasMore: Bool
    }

    /// The next part if one is there; nil when there is none now.
    func receive() -> Part? {
        while true {
            if zmq_msg_recv(&message, raw, ZMQ_DONTWAIT) >= 0 {
                let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))
                return Part(bytes: bytes, hasMore: zmq_msg_more(&message) != 0)
            }
            if czmq_errno() != EINTR { return nil }
        }
    }

    /// Takes the rest of a message that has too many parts out of the way.
    func skipParts() {
        while let part = receive(), part.hasMore {}
    }

    /// Text that the handshake attached to the connection of the part received last, for example `User-Id`.
    func property(_ name: String) -> String? {
        czmq_property(&message, name).map { String(cString: $0) }
    }

    /// Starts reporting connections, handshakes and disconnections, and returns the socket that hears them.
    func monitor(in context: SocketContext, named name: String) throws -> Socket {
        let events =
            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
        guard zmq_socket_monitor(raw, name, events) == 0 else { throw ZeroMQFailure("monitor") }
        let socket = try Socket(.pair, in: context)
        do {
            try socket.connect(name)
        } catch {
            socket.close()
            throw error
        }
        return socket
    }

    enum Event {
        case connected
        case disconnected
        /// The peer has no known key or speaks another protocol.
        case refused
        /// The connection ended before both sides knew each other.
        case unfinished
    }

    /// The next event of a socket made by `monitor`.
    func nextEvent() -> Event? {
        while let part = receive() {
            let number = part.bytes.count >= 2 ? part.bytes.loadUnaligned(as: UInt16.self) : 0
            if part.hasMore { skipParts() }
            switch Int32(number) {
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .connected
            case ZMQ_EVENT_DISCONNECTED: return .disconnected
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .refused
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return .unfinished
            default: continue
            }
        }
        return nil
    }
}
