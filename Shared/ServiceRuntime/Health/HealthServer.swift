import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// Answers `/livez`, `/readyz` and `/metrics` on a port of its own, from its own thread, so that it does so when the
/// process is busy with everything else.
package final class HealthServer: Service {
    /// What the server allows its callers.
    struct Limits {
        /// Further connections are closed at once.
        var connections = 64
        /// Bytes of one request, from its first to the end of its header; there is never a body.
        var requestBytes = 16384
        /// From the end of one answer, or the connection's begin, to the end of the next: then the connection is closed.
        var exchange = TimeAmount.seconds(30)
        /// From a request for `/readyz` to its answer.
        var readiness = TimeAmount.seconds(1)
    }

    /// Without a sign of life from the tasks of the process for so long, `/livez` answers 503.
    static let livenessLimit = Duration.seconds(30)

    private let host: String
    private let port: Int
    private let group: any EventLoopGroup
    private let logger: Logger
    private let site: HealthSite
    private let running = NIOLockedValueBox<(channel: any Channel, heart: Task<Void, Never>)?>(nil)

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - group: whose threads answer.
    package convenience init(
        host: String, port: Int, checks: ReadinessChecks, registry: PrometheusRegistry, group: any EventLoopGroup,
        logger: Logger
    ) {
        self.init(
            host: host, port: port, checks: checks, registry: registry, group: group, logger: logger, limits: Limits())
    }

    init(
        host: String, port: Int, checks: ReadinessChecks, registry: PrometheusRegistry, group: any EventLoopGroup,
        logger: Logger, limits: Limits
    ) {
        self.host = host
        self.port = port
        self.group = group
        self.logger = logger
        site = HealthSite(checks: checks, registry: registry, limits: limits)
    }

    /// Binds, answers from then on, and logs the port.
    /// - Returns: the port, which differs from the one asked for when that was 0.
    /// - Throws: when the address cannot be bound.
    @discardableResult
    package func start() async throws -> Int {
        site.beat()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { [site] channel in Self.configure(channel, site: site) }
        let bound: any Channel
        do {
            bound = try await bootstrap.bind(host: host, port: port).get()
        } catch {
            throw StartFailure("The health server cannot listen on \(host) port \(port): \(error).")
        }
        let heart = Task { [site] in
            while !Task.isCancelled {
                site.beat()
                try? await Task.sleep(for: .seconds(1))
            }
        }
        running.withLockedValue { $0 = (bound, heart) }
        let boundPort = bound.localAddress?.port ?? port
        logger.info("Health server listening.", metadata: ["host": "\(host)", "port": .stringConvertible(boundPort)])
        return boundPort
    }

    /// Answers, after `start` or by starting first, until graceful shutdown.
    package func run() async throws {
        if running.withLockedValue({ $0 == nil }) { try await start() }
        try? await gracefulShutdown()
        await stop()
    }

    /// Stops listening; answers under way are finished.
    package func stop() async {
        let stopped = running.withLockedValue { running in
            defer { running = nil }
            return running
        }
        stopped?.heart.cancel()
        try? await stopped?.channel.close()
    }

    private static func configure(_ channel: any Channel, site: HealthSite) -> EventLoopFuture<Void> {
        guard site.admit() else { return channel.close() }
        channel.closeFuture.whenComplete { _ in site.leave() }
        return channel.eventLoop.makeCompletedFuture {
            let operations = channel.pipeline.syncOperations
            try operations.addHandler(RequestSizeLimit(maximumBytes: site.limits.requestBytes))
            try operations.configureHTTPServerPipeline(withErrorHandling: true)
            try operations.addHandler(HealthHandler(site: site))
        }
    }
}
