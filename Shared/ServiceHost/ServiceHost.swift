import Bus
import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import ProcessBus
import ServiceLifecycle
import ServiceRuntime
import ZeroMQ

/// What makes one service different from the others.
package struct ServiceDefinition: Sendable {
    /// Lower-case letters; also the schema, the login role and the owner of the events.
    package let name: String
    let settings: [any SettingDeclaration]
    let migrations: [(name: String, sql: [UInt8])]
    package let extensions: [String]
    let build: @Sendable (ServiceHost) async throws -> [any Service]
    let commands: [String: @Sendable (ServiceHost) async throws -> Int32]

    /// - Parameters:
    ///   - migrations: files with number 2 and on and their bytes; the first one, the event log, is every service's.
    ///   - extensions: of PostgreSQL, which `migrate` makes where the server has them; the service must do without.
    ///   - commands: what `<service> <command>` does instead of serving, with the exit code as its answer. The bus only
    ///     asks then.
    ///   - build: registers what is served and listened to, and answers the loops that run beside it.
    package init(
        name: String, settings: [any SettingDeclaration] = [], migrations: [(name: String, sql: [UInt8])],
        extensions: [String] = [],
        commands: [String: @Sendable (ServiceHost) async throws -> Int32] = [:],
        build: @escaping @Sendable (ServiceHost) async throws -> [any Service]
    ) {
        self.name = name
        self.settings = settings
        self.migrations = migrations
        self.extensions = extensions
        self.commands = commands
        self.build = build
    }
}

/// The parts that a service is built on, made from its settings.
package struct ServiceHost: Sendable {
    package let process: ServiceProcess
    package let bus: ZeroMQBus
    /// Logged in as the service: shows the workspaces that a transaction names, and no others.
    package let database: Database
    /// Logged in as the service's jobs: sees every workspace.
    package let jobs: Database
    package let eventReader: EventReader

    package var name: String { process.name }
    package var settings: Settings { process.settings }
    package var logger: Logger { process.logger }
    package var readiness: ReadinessChecks { process.readiness }
    package var metrics: PrometheusRegistry { process.metrics }

    /// Runs a service from its first line to its last: `<service>`, `<service> migrate`, or one of its commands.
    package static func run(_ definition: ServiceDefinition) async -> Never {
        let databases = DatabaseSettings(service: definition.name)
        let command = CommandLine.arguments.dropFirst().first { !$0.hasPrefix("-") }
        await ServiceProcess.run(
            name: definition.name, settings: BusSettings.all + databases.declarations + definition.settings,
            metadataProvider: .requestContext
        ) { process in
            if command == "migrate" {
                try await Migrating(definition: definition, databases: databases, process: process).run()
                exit(0)
            }
            if let command, definition.commands[command] == nil {
                throw StartFailure("\(definition.name) has no command \(command).", exitCode: 64)
            }
            let processBus = try ProcessBus(process, serves: command == nil)
            let host = try ServiceHost(process, bus: processBus.bus, databases: databases)
            if let command, let run = definition.commands[command] {
                try await processBus.start()
                exit(try await run(host))
            }
            return try await host.start(definition, processBus: processBus)
        }
    }

    private init(_ process: ServiceProcess, bus: ZeroMQBus, databases: DatabaseSettings) throws {
        self.process = process
        self.bus = bus
        database = try Database(configuration: databases.service(process.settings), logger: process.logger)
        jobs = try Database(configuration: databases.jobs(process.settings), logger: process.logger)
        eventReader = EventReader(database: jobs, schema: process.name)
    }

    private func start(_ definition: ServiceDefinition, processBus: ProcessBus) async throws -> [any Service] {
        try await awaitDurableDatabase()
        DatabaseMetrics.add(database, pool: "service", to: metrics)
        DatabaseMetrics.add(jobs, pool: "jobs", to: metrics)
        let database = database
        readiness.register("database") {
            do {
                try await database.ping()
                return .ready
            } catch {
                return .notReady("PostgreSQL does not answer")
            }
        }
        let loops = try await definition.build(self)
        try await processBus.start()
        logger.info("ready")
        return [DatabaseClosing(databases: [database, jobs]), processBus] + loops
    }

    /// Waits for PostgreSQL up to half a minute, then refuses one whose settings could lose what was answered.
    private func awaitDurableDatabase() async throws {
        let patience = Deadline.after(milliseconds: 30_000)
        while true {
            do {
                try await database.verifyDurability()
                return
            } catch {
                guard error.kind == .unavailable || error.kind == .timeout else {
                    throw StartFailure("PostgreSQL cannot be used: \(error.message)")
                }
                guard !patience.hasPassed else {
                    throw StartFailure("PostgreSQL cannot be reached: \(error.message)")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}

/// Closes the pools last of all, when nothing asks them any more.
private struct DatabaseClosing: Service {
    let databases: [Database]

    func run() async throws {
        try? await gracefulShutdown()
        for database in databases { await database.close() }
    }
}
