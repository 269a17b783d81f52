import Logging
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension ServiceProcess {
    /// The health server, bound already, so that a port that is taken stops the start.
    func startHealthServer() async throws -> HealthServer {
        let health = HealthServer(
            host: settings[RuntimeSettings.healthHost], port: settings[RuntimeSettings.healthPort],
            checks: readiness, registry: metrics, group: group, logger: logger)
        try await health.start()
        if let parent = settings[RuntimeSettings.parentPID] {
            try ParentWatch(parent: pid_t(parent)).start(on: group.next(), logger: logger)
        }
        return health
    }

    /// Runs the components until a signal has stopped them all in good order.
    /// - Throws: `ComponentFailure` of the first that failed; `StartFailure` when the shutdown had to be cut short.
    func runUntilStopped(_ components: [any Service]) async throws {
        let stoppingSince = NIOLockedValueBox<ContinuousClock.Instant?>(nil)
        let stop = StopNotice(readiness: readiness) {
            stoppingSince.withLockedValue { $0 = .now }
            beginShutdown()
        }
        let named = (components + [stop]).map { NamedComponent(component: $0, readiness: readiness) }
        var quiet = Logger(label: name)
        quiet.logLevel = .critical
        var configuration = ServiceGroupConfiguration(
            services: named.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup, serviceName: $0.name)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = Self.gracefulShutdownLimit
        try await ServiceGroup(configuration: configuration).run()
        guard let since = stoppingSince.withLockedValue({ $0 }),
            ContinuousClock.now - since < Self.gracefulShutdownLimit
        else {
            let seconds = Self.gracefulShutdownLimit.components.seconds
            throw StartFailure("The components did not finish within \(seconds) s; they were cut off.")
        }
    }

    /// Starts the clock at whose end the process exits, whatever still runs.
    private func beginShutdown() {
        logger.info("Stopping.")
        group.next().scheduleTask(in: .seconds(Self.shutdownLimit.components.seconds)) {
            logger.critical("The process did not stop within \(Self.shutdownLimit.components.seconds) s; ending it.")
            _exit(1)
        }
    }
}
