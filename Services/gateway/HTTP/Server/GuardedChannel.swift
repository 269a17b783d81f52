import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// A server connection: TLS if there is a certificate, the guard, then Hummingbird's HTTP/1 or a WebSocket.
struct GuardedChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let spoken: EventLoopFuture<SpokenProtocol>
        let connection: Connection
        let channel: any Channel
    }

    private let http: HTTP1Channel
    private let gateway: Gateway
    private let limits: RequestLimits
    private let certificates: ServerCertificates?

    init(gateway: Gateway, certificates: ServerCertificates?, responder: @escaping HTTPChannelHandler.Responder) {
        let limits = gateway.limits
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes, maxHeaderFieldCount: 100)
        http = HTTP1Channel(
            responder: responder,
            configuration: .init(
                additionalChannelHandlers: [UnreadableRequests()], httpDecoderConfiguration: decoder))
        self.gateway = gateway
        self.limits = limits
        self.certificates = certificates
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let connection = Connection(
            peer: NetworkAddress(channel.remoteAddress) ?? .loopback, isSecure: certificates != nil, channel: channel)
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let certificates {
                try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
            }
            try pipeline.addHandler(ConnectionGuard(connection: connection, limits: limits))
            return Value(spoken: try spoken(channel, connection, logger), connection: connection, channel: channel)
        }
    }

    private func spoken(
        _ channel: any Channel, _ connection: Connection, _ logger: Logger
    ) throws -> EventLoopFuture<SpokenProtocol> {
        guard let hub = gateway.live else {
            return http.setup(channel: channel, logger: logger).map { .http($0) }
        }
        let promise = channel.eventLoop.makePromise(of: SpokenProtocol.self)
        let watch = UpgradeWatch(gateway, hub, connection, promise) { http.setup(channel: channel, logger: logger) }
        do {
            try channel.pipeline.syncOperations.addHandler(watch)
        } catch {
            promise.fail(error)
        }
        return promise.futureResult
    }

    func handle(value: Value, logger: Logger) async {
        // A connection that ends before it has said anything has nothing to be handled.
        guard let spoken = try? await value.spoken.get() else { return }
        switch spoken {
        case .http(let channel):
            await Connection.$current.withValue(value.connection) {
                await http.handle(value: channel, logger: logger)
            }
        case .live(let socket, let handshake):
            guard let hub = gateway.live else { return }
            await LiveSession(
                socket: socket, handshake: handshake, gateway: gateway, hub: hub,
                client: gateway.client(of: handshake, on: value.connection)
            ).run()
        }
    }
}
