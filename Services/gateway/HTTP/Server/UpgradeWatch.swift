import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// What a connection turned out to speak.
enum SpokenProtocol: Sendable {
    case http(HTTP1Channel.Value)
    case live(LiveSocket, LiveHandshake)
}

/// Stands in front of HTTP until the first bytes of a connection tell whether it opens a WebSocket.
///
/// Only a good handshake is taken out; everything else goes on to HTTP byte by byte, an `Upgrade` header included, and is
/// answered there. NIO's own upgrade handlers swallow a request that asks for an upgrade and does not get it.
final class UpgradeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the system keeps of what a slow reader has not taken; it reserves twice as much.
    private static let sendBufferBytes: SocketOptionValue = 32_768

    private let gateway: Gateway
    private let hub: LiveHub
    private let connection: Connection
    private let spoken: EventLoopPromise<SpokenProtocol>
    private let becomeHTTP: () -> EventLoopFuture<HTTP1Channel.Value>
    /// What a handshake begins with.
    private let beginnings: [[UInt8]]
    private var received = ByteBuffer()
    /// Bytes of it in which the head does not end.
    private var scanned = 0
    private var isDecided = false

    /// - Parameter becomeHTTP: puts HTTP's handlers behind this one.
    init(
        _ gateway: Gateway, _ hub: LiveHub, _ connection: Connection, _ spoken: EventLoopPromise<SpokenProtocol>,
        becomeHTTP: @escaping () -> EventLoopFuture<HTTP1Channel.Value>
    ) {
        self.gateway = gateway
        self.hub = hub
        self.connection = connection
        self.spoken = spoken
        self.becomeHTTP = becomeHTTP
        beginnings = hub.paths.map { Array("GET \($0)".utf8) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDecided else { return context.fireChannelRead(data) }
        received.writeImmutableBuffer(unwrapInboundIn(data))
        let bytes = received.readableBytesView
        guard beginnings.contains(where: { zip($0, bytes).allSatisfy(==) }) else { return speakHTTP(context) }
        guard let length = headLength(bytes) else {
            if bytes.count > gateway.limits.headerBytes { speakHTTP(context) }
            return
        }
        guard length <= gateway.limits.headerBytes,
            let head = received.getSlice(at: received.readerIndex, length: length),
            let handshake = LiveHandshake(head), let standing = gateway.admit(handshake, on: connection)
        else { return speakHTTP(context) }
        received.moveReaderIndex(forwardBy: length)
        do {
            try speakWebSocket(context, handshake, standing)
        } catch {
            hub.givePlaceBack()
            spoken.fail(error)
            context.close(promise: nil)
        }
    }

    /// Bytes up to and with the empty line; nil when it has not come.
    private func headLength(_ bytes: ByteBufferView) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4 else { return nil }
        let first = bytes.startIndex + max(0, scanned - 3)
        scanned = bytes.count
        guard first <= bytes.endIndex - 4 else { return nil }
        for start in first...(bytes.endIndex - 4) where bytes[start..<start + 4].elementsEqual(end) {
            return start + 4 - bytes.startIndex
        }
        return nil
    }

    /// - Parameter event: what HTTP is to hear of, too.
    private func speakHTTP(_ context: ChannelHandlerContext, hearing event: Any? = nil) {
        isDecided = true
        becomeHTTP().map { SpokenProtocol.http($0) }.cascade(to: spoken)
        if let event { context.fireUserInboundEventTriggered(event) }
        goOn(context)
    }

    private func speakWebSocket(
        _ context: ChannelHandlerContext, _ handshake: LiveHandshake, _ standing: RateLimiter.Standing
    ) throws {
        isDecided = true
        context.writeAndFlush(wrapOutboundOut(handshake.answer(standing)), promise: nil)
        let pipeline = context.pipeline.syncOperations
        if let guarding = try? pipeline.handler(type: ConnectionGuard.self) {
            pipeline.removeHandler(guarding, promise: nil)
        }
        context.channel.setOption(.socketOption(.so_sndbuf), value: Self.sendBufferBytes).whenFailure { _ in }
        let bytes = hub.limits.frameBytes
        let socket = LiveSocket(channel: context.channel, limits: hub.limits, meters: hub.parts.meters)
        try pipeline.addHandler(ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: bytes)))
        try pipeline.addHandler(MaskedFrames())
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64, maxAccumulatedFrameSize: bytes))
        try pipeline.addHandler(socket)
        spoken.succeed(.live(socket, handshake))
        goOn(context)
    }

    /// Hands what has come to whoever stands behind now, and steps aside.
    private func goOn(_ context: ChannelHandlerContext) {
        if received.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(received))
            context.fireChannelReadComplete()
        }
        received = ByteBuffer()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // HTTP knows what to do about the end of a connection that has said nothing yet.
        switch event {
        case is ChannelShouldQuiesceEvent where !isDecided, ChannelEvent.inputClosed where !isDecided:
            speakHTTP(context, hearing: event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isDecided else { return context.fireErrorCaught(error) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        undecided()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        undecided()
    }

    private func undecided() {
        guard !isDecided else { return }
        isDecided = true
        spoken.fail(ChannelError.eof)
    }
}
