import Bus
import Contracts
import GatewayHTTP
import Logging
import ProcessBlobs
import ProcessBus
import ReceptionistDialect
import ServiceLifecycle
import ServiceRuntime
import VoiceFlowDialect

/// Puts the gateway together from its settings: the bus, who may come in, the dialects, the server.
struct GatewayProcess {
    let process: ServiceProcess

    private var settings: Settings { process.settings }

    /// The components in the order of their start; the server is the last one, so that it stops first.
    func components() async throws -> [any Service] {
        let processBus = try ProcessBus(process, serves: false)
        let bus = processBus.bus
        let revocations = RevocationList()
        let authentication = await Authentication(
            bus: bus, secret: settings[GatewaySettings.jwtSecretKey].revealed,
            audience: settings[GatewaySettings.jwtAudience], revocations: revocations)
        let blobs = try ProcessBlobs(process)
        let storage = BlobStorage(blobs, logger: process.logger)
        let readiness = StackReadiness(bus: bus, revocations: revocations, storage: storage.report)
        let certificates = try certificates()
        // It subscribes, which must come before the bus starts.
        let live = live(bus, authentication)
        let surfaces = Surfaces(
            title: settings[GatewaySettings.title], version: settings[GatewaySettings.version], readiness: readiness,
            tickets: live.tickets)
        let gateway = Gateway(
            surfaces.dialects, parts: parts(bus, authentication, storage, live, isSecure: certificates != nil))
        // So does this.
        let follower = revocations.follower(of: bus, logger: process.logger)
        let uses = Loop { [logger = process.logger] in
            await authentication.apiKeyUses.report(to: bus, logger: logger)
            await authentication.apiKeyUses.flush(to: bus, logger: logger)
        }
        try await processBus.start()
        await blobs.prepare()
        registerChecks(readiness)
        for (name, help) in gatewayMetricHelp { process.metrics.describe(name, help: help) }
        var components: [any Service] = [
            processBus, blobs, Loop { await follower.run() }, Loop { await live.run() }, uses,
        ]
        if let certificates {
            components.append(Loop { [logger = process.logger] in await certificates.watch(logger: logger) })
        }
        return components + [server(gateway, certificates)]
    }

    private func live(_ bus: any Asking & Announcing, _ authentication: Authentication) -> LiveHub {
        LiveHub(
            paths: Surfaces.livePaths, surface: VoiceFlowLive(), bus: bus, authentication: authentication,
            tickets: LiveTickets(
                secret: settings[GatewaySettings.jwtSecretKey].revealed, authentication: authentication, bus: bus),
            limits: LiveLimits(settings), logger: process.logger, reached: { try? await Failpoint.hit($0) })
    }

    private func parts(
        _ bus: any Asking, _ authentication: Authentication, _ storage: BlobStorage, _ live: LiveHub, isSecure: Bool
    ) -> Gateway.Parts {
        var parts = Gateway.Parts(
            bus: bus, authentication: authentication,
            links: LinkSigner(secret: settings[GatewaySettings.jwtSecretKey].revealed), makeID: { UUIDv7.make() },
            logger: process.logger)
        parts.storage = storage
        parts.live = live
        parts.limits = RequestLimits(settings)
        parts.rates = RateLimits(settings)
        parts.crossOrigin = CrossOrigin(settings[GatewaySettings.corsOrigins])
        parts.proxies = TrustedProxies(
            settings[GatewaySettings.trustedProxies].compactMap { NetworkAddress.Network($0) })
        parts.isIngestOpen = settings[GatewaySettings.openIngest]
        parts.isSecure = isSecure
        parts.reached = { try? await Failpoint.hit($0) }
        return parts
    }

    private func certificates() throws -> ServerCertificates? {
        let certificateFile = settings[GatewaySettings.certificateFile]
        let keyFile = settings[GatewaySettings.keyFile]
        guard certificateFile != nil || keyFile != nil else { return nil }
        guard let certificateFile, let keyFile else {
            throw StartFailure("TLS_CERT_FILE and TLS_KEY_FILE must be set together.", exitCode: 78)
        }
        do {
            return try ServerCertificates(certificateFile: certificateFile, keyFile: keyFile)
        } catch {
            throw StartFailure("The certificate cannot be used: \(error)", exitCode: 78)
        }
    }

    private func registerChecks(_ readiness: StackReadiness) {
        process.readiness.register("services", deadline: .milliseconds(800)) {
            let report = await readiness.database()
            return report == "ok" ? .ready : .notReady(report)
        }
        process.readiness.register("revocations") {
            readiness.cache == "ok" ? .ready : .notReady(readiness.cache)
        }
    }

    private func server(_ gateway: Gateway, _ certificates: ServerCertificates?) -> GatewayServer {
        var quiet = Logger(label: "http")
        quiet.logLevel = max(.notice, process.logger.logLevel)
        return GatewayServer(
            gateway: gateway, host: settings[GatewaySettings.host], port: settings[GatewaySettings.port],
            certificates: certificates, logger: quiet
        ) { [logger = process.logger] port in
            logger.info("ready", metadata: ["port": .stringConvertible(port)])
        }
    }
}

/// Work that goes on until the process stops.
struct Loop: Service {
    let body: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown(body)
    }
}
