import Bus
import Contracts
import Hummingbird
import NIOCore
import NIOHTTP1

/// Stands next to the socket and cuts connections that are silent, dribble a header or a body, or stay after they were
/// told to go. It also says what no handler can say any more, as whole answers.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a refused body may still come in, in nanoseconds, so that the client gets to read the refusal.
    private static let lingerNanoseconds: UInt64 = 2_000_000_000

    private let connection: Connection
    private let limits: RequestLimits
    /// How late a look may be before the process itself, and not its client, is taken to have been paused.
    private static let pauseNanoseconds: UInt64 = 3_000_000_000

    private var lastByteAt = monotonicNanoseconds()
    private var lastLookAt = monotonicNanoseconds()
    /// The first line of what came last has the form of a request.
    private(set) var isRequest = false
    private var watch: RepeatedTask?
    private var context: ChannelHandlerContext?

    init(connection: Connection, limits: RequestLimits) {
        self.connection = connection
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let shortest = min(limits.idleMS, limits.headerMS, limits.bodyMS)
        let tick = TimeAmount.milliseconds(Int64(min(2000, max(20, shortest / 8))))
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in bound.value.look() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch?.cancel()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastByteAt = monotonicNanoseconds()
        if connection.phase.phase == .waiting {
            connection.enter(.readingHeader)
            let version = Self.version(of: unwrapInboundIn(data))
            isRequest = version != nil
            if version == 0 { connection.noteOldHTTP() }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        lastByteAt = monotonicNanoseconds()
        context.write(data, promise: promise)
    }

    /// Whether no handler is at work, so that nothing else is being written.
    var isBetweenRequests: Bool {
        let phase = connection.phase.phase
        return phase == .waiting || phase == .readingHeader
    }

    /// The digit behind `HTTP/1.` in the first line, which nobody behind the decoder can tell any more.
    private static func version(of bytes: ByteBuffer) -> UInt8? {
        bytes.withUnsafeReadableBytes { bytes in
            guard let end = bytes.firstIndex(of: 0x0D), end >= 9 else { return nil }
            guard bytes[end - 9..<end - 1].elementsEqual(" HTTP/1.".utf8) else { return nil }
            return bytes[end - 1] &- UInt8(ascii: "0")
        }
    }

    func sendContinue() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    /// Answers in place of a handler and closes.
    func refuse(_ refusal: ConnectionRefusal) {
        guard let context else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(refusal.bytes)).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    private func look() {
        let now = monotonicNanoseconds()
        defer { lastLookAt = now }
        guard now - lastLookAt < Self.pauseNanoseconds else {
            // What came meanwhile is not read yet: nobody is late but this process.
            lastByteAt = now
            return connection.restartPhase()
        }
        let (phase, nanoseconds) = connection.phase
        let silence = monotonicNanoseconds() &- lastByteAt
        switch phase {
        case .readingHeader where nanoseconds > UInt64(limits.headerMS) * 1_000_000,
            .readingBody where nanoseconds > UInt64(limits.bodyMS) * 1_000_000:
            refuse(.timeout)
        case .lingering where nanoseconds > Self.lingerNanoseconds:
            context?.close(promise: nil)
        default:
            if silence > UInt64(limits.idleMS) * 1_000_000 { context?.close(promise: nil) }
        }
    }
}

/// What is answered to bytes that are no request.
enum ConnectionRefusal: Sendable {
    case timeout
    case headerTooLarge
    /// HTTP's decoder knows no such method, so no path has it.
    case unknownMethod
    case malformed

    private var answer: (line: String, body: ByteBuffer) {
        func body(_ status: Int, _ message: String) -> ByteBuffer {
            DefaultRefusal.body(status: status, code: "VALIDATION_001", message: message, details: nil)
        }
        switch self {
        case .timeout: return ("408 Request Timeout", body(408, "The request did not arrive in time"))
        case .headerTooLarge: return ("431 Request Header Fields Too Large", body(431, "The header is too large"))
        case .unknownMethod: return ("405 Method Not Allowed", DefaultRefusal.of(Fault(.methodNotAllowed)).body)
        case .malformed: return ("400 Bad Request", body(400, "This is not an HTTP request"))
        }
    }

    var bytes: ByteBuffer {
        let (line, body) = answer
        var lines = [
            "HTTP/1.1 \(line)", "Content-Type: application/json", "Content-Length: \(body.readableBytes)",
            "Date: \(HTTPDate.text(of: Timestamp.now().microseconds / 1_000_000))", "Cache-Control: no-store",
            "X-Request-Id: \(RequestIdentity(HTTPFields()).requestID)", "X-RateLimit-Limit: 0",
            "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 0", "X-Content-Type-Options: nosniff", "Connection: close",
        ]
        if case .unknownMethod = self { lines.append("Allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT") }
        var answer = ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n")
        answer.writeImmutableBuffer(body)
        return answer
    }
}

/// Turns what the HTTP decoder cannot read into an answer, where no request is under way that has one coming.
final class UnreadableRequests: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError,
            let guarding = try? context.pipeline.syncOperations.handler(type: ConnectionGuard.self),
            guarding.isBetweenRequests
        else { return context.fireErrorCaught(error) }
        switch error {
        case .headerOverflow: guarding.refuse(.headerTooLarge)
        case .invalidMethod where guarding.isRequest: guarding.refuse(.unknownMethod)
        case .invalidEOFState: context.close(promise: nil)
        default: guarding.refuse(.malformed)
        }
    }
}
