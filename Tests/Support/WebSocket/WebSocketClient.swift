import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// A WebSocket that a test speaks over: what came in is kept until somebody takes it.
package final class WebSocketClient: Sendable {
    /// The server did not open a WebSocket.
    package struct Refused: Error, CustomStringConvertible {
        package let status: Int
        package let text: String
        package var description: String { "\(status): \(text)" }
    }

    fileprivate struct State {
        var head = ""
        var texts: [String] = []
        var pings = 0
        var closeCode: UInt16?
        var closeReason = ""
        var isClosed = false
        var bytes = 0
    }

    private let channel: any Channel
    private let state: SharedState

    fileprivate final class SharedState: Sendable {
        fileprivate let box = Mutex(State())
    }

    private init(_ channel: any Channel, _ state: SharedState) {
        self.channel = channel
        self.state = state
    }

    /// - Parameters:
    ///   - path: with its query.
    ///   - receiveBuffer: bytes that the system takes in before anybody reads; nil: as it likes.
    /// - Throws: `Refused` when the answer is no 101.
    package static func open(
        port: Int, _ path: String = "/ws", headers: [String: String] = [:], isSecure: Bool = false,
        receiveBuffer: Int? = nil
    ) async throws -> WebSocketClient {
        let state = SharedState()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                if isSecure {
                    var tls = TLSConfiguration.makeClientConfiguration()
                    tls.certificateVerification = .none
                    let handler = try NIOSSLClientHandler(
                        context: NIOSSLContext(configuration: tls), serverHostname: nil)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
                try channel.pipeline.syncOperations.addHandler(Opening(state))
                return channel
            }
        }
        var lines = ["GET \(path) HTTP/1.1"]
        let common = [
            "Host": "127.0.0.1:\(port)", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        for (name, value) in common.merging(headers, uniquingKeysWith: { _, given in given }) {
            lines.append("\(name): \(value)")
        }
        try await channel.writeAndFlush(ByteBuffer(string: (lines + ["", ""]).joined(separator: "\r\n")))
        let client = WebSocketClient(channel, state)
        _ = await client.wait(for: .seconds(10)) { $0.head.contains("\r\n\r\n") || $0.isClosed }
        let head = state.box.withLock { $0.head }
        guard head.hasPrefix("HTTP/1.1 101 ") else {
            let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
            try? await channel.close()
            throw Refused(status: status, text: head)
        }
        // The key of RFC 6455, 1.3, has this answer.
        guard head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") else { throw Refused(status: 101, text: head) }
        return client
    }

    // MARK: What came

    /// What came and was not taken yet.
    package var waiting: [String] { state.box.withLock { $0.texts } }
    package var pings: Int { state.box.withLock { $0.pings } }
    package var receivedBytes: Int { state.box.withLock { $0.bytes } }
    package var isClosed: Bool { state.box.withLock { $0.isClosed } }
    package var closeReason: String { state.box.withLock { $0.closeReason } }

    /// The next frame.
    package func next(within patience: Duration = .seconds(10)) async throws -> JSON {
        guard let text = try await nextText(within: patience) else {
            throw APIFailure("no frame within \(patience); closed: \(isClosed) \(closeReason)")
        }
        return try JSON(bytes: Array(text.utf8))
    }

    /// Nil when none came.
    package func nextText(within patience: Duration) async throws -> String? {
        _ = await wait(for: patience) { !$0.texts.isEmpty || $0.isClosed }
        return state.box.withLock { $0.texts.isEmpty ? nil : $0.texts.removeFirst() }
    }

    /// The next frame of this type; those before it are dropped.
    package func next(_ type: String, within patience: Duration = .seconds(10)) async throws -> JSON {
        let deadline = ContinuousClock.now + patience
        while true {
            let frame = try await next(within: max(.milliseconds(1), deadline - .now))
            if frame["type"].string == type { return frame }
        }
    }

    /// The code of the server's close frame, 1006 when the connection ended without one, nil when it is open still.
    package func closeCode(within patience: Duration) async -> Int? {
        let hasEnded = await wait(for: patience) { $0.closeCode != nil || $0.isClosed }
        guard hasEnded else { return nil }
        return state.box.withLock { Int($0.closeCode ?? 1006) }
    }

    private func wait(for patience: Duration, _ isSo: @Sendable (State) -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + patience
        while !state.box.withLock({ isSo($0) }) {
            guard ContinuousClock.now < deadline else { return false }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return true
    }

    // MARK: What is sent

    package func send(_ json: JSON) async throws {
        try await send(opcode: .text, ByteBuffer(bytes: json.bytes))
    }

    package func send(text: String) async throws {
        try await send(opcode: .text, ByteBuffer(string: text))
    }

    package func send(
        opcode: WebSocketOpcode, _ data: ByteBuffer, isFinal: Bool = true, isMasked: Bool = true
    ) async throws {
        let mask: WebSocketMaskingKey? = isMasked ? .random() : nil
        try await channel.writeAndFlush(WebSocketFrame(fin: isFinal, opcode: opcode, maskKey: mask, data: data))
    }

    /// Takes nothing more from the system, so that the server cannot send on.
    package func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    package func goOnReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    package func close() async {
        try? await channel.close()
    }

    // MARK: The pipeline

    /// Reads the answer to the handshake, then hands on to what reads frames.
    private final class Opening: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer

        private let state: SharedState
        private var bytes = ByteBuffer()

        init(_ state: SharedState) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes.writeImmutableBuffer(unwrapInboundIn(data))
            let text = String(decoding: bytes.readableBytesView, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { return }
            guard text.hasPrefix("HTTP/1.1 101 ") else { return state.box.withLock { $0.head = text } }
            bytes.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
            let pipeline = context.pipeline.syncOperations
            do {
                try pipeline.addHandler(WebSocketFrameEncoder())
                try pipeline.addHandler(ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 24)))
                try pipeline.addHandler(Frames(state))
            } catch {
                return context.close(promise: nil)
            }
            state.box.withLock { $0.head = String(text[..<end.upperBound]) }
            context.fireChannelRead(wrapInboundOut(bytes))
            pipeline.removeHandler(context: context, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            state.box.withLock { $0.isClosed = true }
            context.fireChannelInactive()
        }
    }

    private final class Frames: ChannelInboundHandler, Sendable {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = WebSocketFrame

        private let state: SharedState

        init(_ state: SharedState) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            var bytes = frame.unmaskedData
            switch frame.opcode {
            case .text:
                state.box.withLock { state in
                    state.texts.append(String(buffer: bytes))
                    state.bytes += bytes.readableBytes
                }
            case .ping:
                state.box.withLock { $0.pings += 1 }
                let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: bytes)
                context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
            case .connectionClose:
                let code: UInt16? = bytes.readInteger()
                let reason = String(buffer: bytes)
                state.box.withLock { ($0.closeCode, $0.closeReason) = (code ?? 1005, reason) }
                let echo = WebSocketFrame(
                    fin: true, opcode: .connectionClose, maskKey: .random(), data: frame.unmaskedData)
                context.writeAndFlush(wrapOutboundOut(echo), promise: nil)
            default: break
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            state.box.withLock { $0.isClosed = true }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
