import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Listens for HTTP and hands each request to the gateway, until graceful shutdown.
package struct GatewayServer: Service {
    private let server: any Service

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - certificates: nil serves plain HTTP.
    ///   - ready: called with the port once requests are taken.
    package init(
        gateway: Gateway, host: String, port: Int, certificates: ServerCertificates? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger,
        ready: @escaping @Sendable (Int) async -> Void
    ) {
        let channel = GuardedChannel(gateway: gateway, certificates: certificates) { request, writer, channel in
            let connection = Connection.current ?? Connection(peer: .loopback)
            connection.enter(.working)
            let response = await gateway.respond(to: request, on: connection)
            let isLingering = connection.phase.phase == .lingering
            try await writer.write(response: response.head, body: response.body)
            if connection.endsAfterAnswer(to: request.headers) {
                connection.enter(.lingering)
                connection.finish()
            } else if !isLingering {
                connection.enter(.waiting)
            }
        }
        server = channel.server(
            configuration: ServerConfiguration(
                address: .hostname(host, port: port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(gateway.limits.connections, logger: logger)),
            onServerRunning: { await ready($0.localAddress?.port ?? port) }, eventLoopGroup: group, logger: logger)
    }

    package func run() async throws {
        try await server.run()
    }
}
