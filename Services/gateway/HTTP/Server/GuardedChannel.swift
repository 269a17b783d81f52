import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// A server connection: TLS if there is a certificate, the guard, then Hummingbird's HTTP/1.
struct GuardedChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let http: HTTP1Channel.Value
        let connection: Connection

        var channel: any Channel { http.channel }
    }

    private let http: HTTP1Channel
    private let limits: RequestLimits
    private let certificates: ServerCertificates?

    init(limits: RequestLimits, certificates: ServerCertificates?, responder: @escaping HTTPChannelHandler.Responder) {
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes, maxHeaderFieldCount: 100)
        http = HTTP1Channel(
            responder: responder,
            configuration: .init(
                additionalChannelHandlers: [UnreadableRequests()], httpDecoderConfiguration: decoder))
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
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }.map { Value(http: $0, connection: connection) }
    }

    func handle(value: Value, logger: Logger) async {
        await Connection.$current.withValue(value.connection) {
            await http.handle(value: value.http, logger: logger)
        }
    }
}
