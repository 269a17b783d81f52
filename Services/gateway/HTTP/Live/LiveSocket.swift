import Bus
import Foundation
import Hummingbird
import NIOCore
import NIOWebSocket

/// One WebSocket, at the end of its pipeline: takes whole frames in, sends frames that are made already, pings, and closes
/// whoever is gone or too slow.
///
/// Its state belongs to the event loop; everything else is called from anywhere.
final class LiveSocket: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let channel: any Channel
    /// What the client says, in order; ends with the connection.
    let messages: AsyncStream<ByteBuffer>
    private let incoming: AsyncStream<ByteBuffer>.Continuation
    private let limits: LiveLimits
    private let meters: LiveMeters

    // Of the event loop.
    private var context: ChannelHandlerContext?
    private var isClosing = false
    /// The number of the last frame of the feed that was sent.
    private var sent = 0
    private var (pendingBytes, pendingFrames) = (0, 0)
    private var holdsRead = false
    /// Bytes of each message that came in and is not dealt with.
    private var waiting: [Int] = []
    private var waitingBytes = 0
    private var drainWaiters: [CheckedContinuation<Bool, Never>] = []
    private var hasHeard = true
    private var pings: RepeatedTask?
    private var patience: Scheduled<Void>?

    init(channel: any Channel, limits: LiveLimits, meters: LiveMeters) {
        self.channel = channel
        self.limits = limits
        self.meters = meters
        (messages, incoming) = AsyncStream.makeStream(of: ByteBuffer.self)
    }

    var eventLoop: any EventLoop { channel.eventLoop }

    // MARK: From anywhere

    /// Sends frames in order, those of the feed once.
    func post(_ frames: [NumberedFrame]) {
        eventLoop.execute { self.deliver(frames) }
    }

    func post(_ frame: LiveFrame, number: Int? = nil) {
        eventLoop.execute {
            self.deliver([NumberedFrame(number: 0, bytes: frame.encoded(number: number ?? self.sent))])
        }
    }

    /// From here on frames of the feed behind this number are sent.
    func start(at number: Int) {
        eventLoop.execute { self.sent = number }
    }

    /// Sends frames no faster than they are read.
    /// - Returns: false when the connection has ended.
    func send(_ frames: [NumberedFrame]) async -> Bool {
        var rest = frames[...]
        while !rest.isEmpty {
            var (part, size): ([NumberedFrame], Int) = ([], 0)
            while let next = rest.first, part.count < limits.bufferFrames / 4, size < limits.bufferBytes / 4 {
                part.append(next)
                size += next.bytes.readableBytes
                rest.removeFirst()
            }
            post(part)
            guard await drained() else { return false }
        }
        return true
    }

    /// Waits until what was sent is read but for a little.
    func drained() async -> Bool {
        await withCheckedContinuation { waiter in
            eventLoop.execute {
                if self.isClosing || self.context == nil { return waiter.resume(returning: false) }
                if self.isDrained { return waiter.resume(returning: true) }
                self.drainWaiters.append(waiter)
                guard self.drainWaiters.count == 1 else { return }
                self.patience = self.eventLoop.scheduleTask(in: .milliseconds(Int64(self.limits.drainMS))) {
                    self.closeSlow()
                }
            }
        }
    }

    /// One message is dealt with: another one may come in.
    func finishedMessage() {
        eventLoop.execute {
            if !self.waiting.isEmpty { self.waitingBytes -= self.waiting.removeFirst() }
            guard self.holdsRead, self.hasRoom else { return }
            self.holdsRead = false
            // Nothing was read meanwhile, a pong neither.
            self.hasHeard = true
            self.context?.read()
        }
    }

    /// Says why, and closes.
    func close(_ code: CloseCode, _ reason: String = "", after frame: LiveFrame? = nil) {
        eventLoop.execute {
            if let frame, !self.isClosing {
                self.write([frame.encoded(number: self.sent)])
            }
            self.end(code, reason)
        }
    }

    // MARK: On the event loop

    private var isDrained: Bool {
        pendingBytes < limits.bufferBytes / 4 && pendingFrames < limits.bufferFrames / 4
    }

    /// - Precondition: on the event loop.
    func deliver(_ frames: [NumberedFrame]) {
        guard !isClosing, context != nil else { return }
        var (wanted, bytes): ([ByteBuffer], Int) = ([], 0)
        for frame in frames where frame.number == 0 || frame.number > sent {
            let size = frame.bytes.readableBytes
            let isFree = pendingFrames + wanted.count == 0
            let fits =
                pendingBytes + bytes + size <= limits.bufferBytes
                && pendingFrames + wanted.count < limits.bufferFrames
            guard isFree || fits else {
                write(wanted)
                return closeSlow()
            }
            wanted.append(frame.bytes)
            bytes += size
            if frame.number > 0 { sent = frame.number }
        }
        write(wanted)
    }

    private func write(_ frames: [ByteBuffer]) {
        guard let context, !frames.isEmpty else { return }
        let (count, size) = (frames.count, frames.reduce(0) { $0 + $1.readableBytes })
        pendingFrames += count
        pendingBytes += size
        meters.sent(frames: count)
        for frame in frames.dropLast() { context.write(wrapOutboundOut(frame), promise: nil) }
        // Frames leave in order: when the last one has, all have.
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in
            self.pendingFrames -= count
            self.pendingBytes -= size
            if self.isDrained { self.releaseDrainWaiters(true) }
        }
        context.writeAndFlush(wrapOutboundOut(frames[frames.count - 1]), promise: promise)
    }

    private func releaseDrainWaiters(_ isOpen: Bool) {
        guard !drainWaiters.isEmpty else { return }
        patience?.cancel()
        let waiters = drainWaiters
        drainWaiters = []
        for waiter in waiters { waiter.resume(returning: isOpen) }
    }

    private func closeSlow() {
        guard !isClosing else { return }
        meters.closedSlow()
        write([LiveFrame.resync("too slow").encoded(number: sent)])
        end(.tryAgain, "too slow", within: limits.slowCloseMS)
    }

    /// - Parameter milliseconds: how long the other side may take to read what was sent, and to close; nil: as usual.
    private func end(_ code: CloseCode, _ reason: String = "", within milliseconds: Int? = nil) {
        guard !isClosing, let context else { return }
        isClosing = true
        incoming.finish()
        pings?.cancel()
        releaseDrainWaiters(false)
        context.writeAndFlush(wrapOutboundOut(WireFrame.close(code, reason)), promise: nil)
        let (channel, patience) = (channel, TimeAmount.milliseconds(Int64(milliseconds ?? limits.closeMS)))
        context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        if holdsRead {
            holdsRead = false
            context.read()
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let pause = TimeAmount.milliseconds(Int64(limits.pingMS))
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        pings = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in bound.value.ping() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        incoming.finish()
        pings?.cancel()
        releaseDrainWaiters(false)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        incoming.finish()
        releaseDrainWaiters(false)
        context.fireChannelInactive()
    }

    private func ping() {
        guard !isClosing else { return }
        guard hasHeard || holdsRead else { return channel.close(promise: nil) }
        hasHeard = false
        write([WireFrame.ping])
    }

    func read(context: ChannelHandlerContext) {
        let isFull = waiting.count >= limits.waitingFrames || waitingBytes >= limits.frameBytes
        if isFull, !isClosing { holdsRead = true } else { context.read() }
    }

    private var hasRoom: Bool {
        waiting.count < limits.waitingFrames / 2 + 1 && waitingBytes < limits.frameBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        hasHeard = true
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return end(.protocolError) }
        switch frame.opcode {
        case .connectionClose:
            if !isClosing { end(.normal) }
            channel.close(promise: nil)
        case .ping: deliver([NumberedFrame(number: 0, bytes: WireFrame.pong(frame.unmaskedData))])
        case .text where !isClosing:
            let text = frame.unmaskedData
            guard String(validating: text.readableBytesView, as: UTF8.self) != nil else { return end(.invalidText) }
            waiting.append(text.readableBytes)
            waitingBytes += text.readableBytes
            incoming.yield(text)
        case .binary where !isClosing: end(.unacceptable, "only text is understood")
        case .text, .binary, .pong: break
        default: end(.protocolError)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: end(.goingAway, "the server stops")
        case ChannelEvent.inputClosed: channel.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength, NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge,
            NIOWebSocketFrameAggregator.Error.tooManyFragments:
            end(.tooLarge, "a frame has at most \(limits.frameBytes) bytes")
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error, is UnmaskedFrame:
            end(.protocolError)
        default: channel.close(promise: nil)
        }
    }
}

/// What a client sends must be masked (RFC 6455, 5.1).
final class MaskedFrames: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard unwrapInboundIn(data).maskKey != nil else { return context.fireErrorCaught(UnmaskedFrame()) }
        context.fireChannelRead(data)
    }
}

struct UnmaskedFrame: Error {}
