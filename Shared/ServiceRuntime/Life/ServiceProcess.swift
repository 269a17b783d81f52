import Logging
import Metrics
import NIOPosix
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the components of one process are made with, and the life of that process.
package struct ServiceProcess: Sendable {
    /// In each log line.
    package let name: String
    package let settings: Settings
    /// Labelled with the process's name.
    package let logger: Logger
    /// Where components register when they can work.
    package let readiness: ReadinessChecks
    /// Where swift-metrics records; components may describe metrics here, or add ones that are read on request.
    package let metrics: PrometheusRegistry
    /// The thread of the health server and of the watches over the process; nothing that blocks belongs here.
    let group: MultiThreadedEventLoopGroup

    /// From the signal to the moment at which components still at work are cancelled.
    package static let gracefulShutdownLimit = Duration.seconds(22)
    /// From the signal to the end of the process, whatever still runs.
    package static let shutdownLimit = Duration.seconds(25)

    /// Runs a process from its first line to its last; returns never.
    ///
    /// `--print-settings` prints the declared settings as JSON lines, `--print-env-example` as a template, and exits.
    /// SIGTERM and SIGINT stop the process: not ready, then graceful shutdown of the components, last one first, then
    /// exit 0. A wrong setting exits 78, any other failure to start 1, a failed component 1, each with a sentence.
    /// - Parameters:
    ///   - settings: what the components declare; `RuntimeSettings` comes by itself.
    ///   - metadataProvider: gives `request_id` and `trace_id` of the task that logs.
    ///   - services: makes the components in the order of their start; each runs until graceful shutdown. It may throw
    ///     `StartFailure` to say why the process cannot start.
    package static func run(
        name: String, settings declarations: [any SettingDeclaration],
        metadataProvider: Logger.MetadataProvider? = nil,
        services: @Sendable (ServiceProcess) async throws -> [any Service]
    ) async -> Never {
        signal(SIGPIPE, SIG_IGN)
        AllocatorBounds.apply()
        let catalogue = SettingsCatalogue(declarations)
        answerArguments(catalogue)
        let process: ServiceProcess
        do {
            try PlantedBug.refuseInRelease()
            process = try prepare(name: name, catalogue: catalogue, metadataProvider: metadataProvider)
        } catch {
            refuse(error, name: name)
        }
        do {
            let health = try await process.startHealthServer()
            let components = try await services(process)
            process.readiness.markStarted()
            process.group.next().scheduleTask(in: .seconds(2)) { StartPages.giveBack() }
            process.logger.info("Started.", metadata: ["pid": .stringConvertible(getpid())])
            try await process.runUntilStopped([health] + components)
        } catch {
            process.logger.critical("\(sentence(error))")
            exit(exitCode(of: error))
        }
        process.logger.info("Stopped.")
        exit(0)
    }

    private static func answerArguments(_ catalogue: SettingsCatalogue) {
        let arguments = CommandLine.arguments.dropFirst()
        guard
            let answer = arguments.compactMap({ argument -> String? in
                switch argument {
                case "--print-settings": catalogue.jsonLines
                case "--print-env-example": catalogue.envExample
                default: nil
                }
            }).first
        else { return }
        print(answer, terminator: "")
        fflush(nil)
        exit(0)
    }

    private static func prepare(
        name: String, catalogue: SettingsCatalogue, metadataProvider: Logger.MetadataProvider?
    ) throws -> ServiceProcess {
        let environment = processEnvironment()
        let settings = try catalogue.load(environment: environment, file: EnvFile.found(by: environment))
        Logs.bootstrap(
            service: name, level: RuntimeSettings.logLevel(of: settings), format: settings[RuntimeSettings.logFormat],
            metadataProvider: metadataProvider)
        let logger = Logger(label: name)
        if PlantedBug.isCompiledIn { logger.warning("This build has planted bugs.") }
        for warning in settings.warnings { logger.warning("\(warning)") }
        try armFailpoints(settings, logger: logger)
        let registry = PrometheusRegistry()
        ProcessMetrics.add(to: registry)
        MetricsSystem.bootstrap(registry)
        return ServiceProcess(
            name: name, settings: settings, logger: logger, readiness: ReadinessChecks(isStarted: false),
            metrics: registry,
            group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
    }

    private static func armFailpoints(_ settings: Settings, logger: Logger) throws {
        guard settings[RuntimeSettings.allowFailpoints] else {
            guard settings[RuntimeSettings.failpoint] != nil else { return }
            return logger.warning("FAILPOINT does nothing, since ALLOW_FAILPOINTS is not true.")
        }
        let plan = settings[RuntimeSettings.failpoint] ?? ""
        logger.warning("Failpoints are allowed; this process may be ended on purpose.", metadata: ["plan": "\(plan)"])
        try Failpoint.arm(plan)
    }

    /// One sentence on standard error before there is a log.
    private static func refuse(_ error: any Error, name: String) -> Never {
        let lines = (error as? SettingsError)?.problems ?? [sentence(error)]
        let text = lines.map { "\(name): \($0)\n" }.joined()
        _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(exitCode(of: error))
    }

    private static func exitCode(of error: any Error) -> Int32 {
        if error is SettingsError { return 78 }
        return (error as? StartFailure)?.exitCode ?? 1
    }

    private static func sentence(_ error: any Error) -> String {
        let text = "\(error)"
        return text.hasSuffix(".") ? text : text + "."
    }
}

/// The environment as the system holds it; of two equal names the first one counts.
func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2, variables[String(pair[0])] == nil { variables[String(pair[0])] = String(pair[1]) }
        entry += 1
    }
    return variables
}
