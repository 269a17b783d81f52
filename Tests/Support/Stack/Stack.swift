import AsyncHTTPClient
import Foundation
import Logging
import Postgres

/// The five executables and a PostgreSQL cluster of their own, for a test that wants the real thing.
///
///     try await Stack.with(callsProcesses: 2) { stack in
///         let api = try await stack.api.registered()
///         let client = try await api.createClient(phone: "+15550100")
///         _ = try await api.logCall(clientID: client, key: "first")
///         await stack["calls-2"].send(SIGKILL)        // started again by itself after 200 ms
///         try await stack.killPostgres()
///         try await stack.startPostgres()
///     }
///
/// The processes are `auth`, `agents`, `calls`, `calls-2` …, `analytics` and `gateway`. All of it ends with the test
/// process, however that ends.
package final class Stack: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The services that own tables.
    package static let services = ["auth", "agents", "calls", "analytics"]

    /// What differs from one stack to the next.
    package struct Options: Sendable {
        package var callsProcesses = 1
        package var agentsProcesses = 1
        /// A second one is called `gateway-2` and needs an `API_PORT` of its own in `serviceEnvironment`.
        package var gatewayProcesses = 1
        /// For every process, over the defaults: cheap passwords and no rate limits.
        package var environment: [String: String] = [:]
        /// For one service (`calls`) or one process (`calls-2`), over those.
        package var serviceEnvironment: [String: [String: String]] = [:]
        /// By process: `name:action@n`; it fires once, whatever is restarted.
        package var failpoints: [String: String] = [:]
        /// A process that ends by itself is started again after this pause; nil: it is not.
        package var restartPause: Duration? = .milliseconds(200)
        /// PostgreSQL's, such as `max_connections=50`.
        package var databaseSettings: [String] = ["max_connections=300"]
        /// Of an extension that PostgreSQL has beside its own.
        package var extensionFiles: String?

        package init() {}
    }

    /// Holds `logs`, `bus`, `data` and `fired`.
    package let folder: String
    /// Such as `http://127.0.0.1:20412`, the same after each restart of the gateway.
    package let baseURL: String
    /// Without a credential.
    package let api: APIClient
    package let postgres: TemporaryPostgres
    /// The database as its owner, past row-level security.
    package let database: Database
    package let processes: [StackProcess]
    private let environment: StackEnvironment
    let connections: HTTPClient

    /// Runs `body` on a stack of its own and ends it, also when `body` throws; then the logs are kept in
    /// `.build/test-logs` (or `SWITCHBOARD_TEST_LOGS`).
    package static func with<Result: Sendable>(
        callsProcesses: Int = 1, environment: [String: String] = [:], failpoints: [String: String] = [:],
        _ body: (Stack) async throws -> Result
    ) async throws -> Result {
        var options = Options()
        options.callsProcesses = callsProcesses
        options.environment = environment
        options.failpoints = failpoints
        return try await with(options, body)
    }

    package static func with<Result: Sendable>(
        _ options: Options, _ body: (Stack) async throws -> Result
    ) async throws -> Result {
        let stack = try await start(options)
        do {
            let result = try await body(stack)
            try await stack.stop()
            return result
        } catch {
            stack.keepLogs()
            try? await stack.stop()
            throw error
        }
    }

    /// Starts everything and waits until it is ready. Call `stop()` at the end; `with` does.
    package static func start(
        callsProcesses: Int = 1, environment: [String: String] = [:], failpoints: [String: String] = [:]
    ) async throws -> Stack {
        var options = Options()
        options.callsProcesses = callsProcesses
        options.environment = environment
        options.failpoints = failpoints
        return try await start(options)
    }

    package static func start(_ options: Options) async throws -> Stack {
        let stack = try await Stack(options)
        do {
            try await stack.migrate()
            for process in stack.processes { try await process.start() }
            for process in stack.processes { try await process.awaitReady() }
            for process in stack.processes { await process.setRestartPause(options.restartPause) }
            return stack
        } catch {
            stack.keepLogs()
            try? await stack.stop()
            throw error
        }
    }

    private init(_ options: Options) async throws {
        postgres = try await TemporaryPostgres.start(
            settings: options.databaseSettings, extensionFiles: options.extensionFiles
        ) { dataFolder in
            try "local all owner trust\nlocal all all scram-sha-256\n"
                .write(toFile: dataFolder + "/pg_hba.conf", atomically: false, encoding: .utf8)
        }
        // It goes with the cluster's folder, however the test process ends.
        folder = postgres.folder + "/stack"
        for name in ["logs", "bus", "data", "fired"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        let name = try await postgres.createDatabase()
        let apiPort = try TestPorts.free()
        let postgres = postgres
        environment = StackEnvironment(
            folder: folder, apiPort: apiPort, owner: postgres.url(database: name),
            serviceURL: { service, password in postgres.url(database: name, user: "\(service):\(password)") },
            extra: options.environment, extraByService: options.serviceEnvironment)
        var configuration = DatabaseConfiguration(url: postgres.url(database: name), applicationName: "test")
        configuration.statementTimeout = .seconds(60)
        database = try Database(
            configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        baseURL = "http://127.0.0.1:\(apiPort)"
        processes = try await Self.processes(options, environment: environment, folder: folder)
        // Last, since it must be shut down.
        connections = Self.connections()
        api = APIClient(baseURL: baseURL, connections: connections)
    }

    private static func processes(
        _ options: Options, environment: StackEnvironment, folder: String
    ) async throws -> [StackProcess] {
        func several(_ name: String, _ count: Int) -> [String] {
            (1...max(1, count)).map { $0 == 1 ? name : "\(name)-\($0)" }
        }
        let names =
            ["auth"] + several("agents", options.agentsProcesses) + several("calls", options.callsProcesses)
            + ["analytics"] + several("gateway", options.gatewayProcesses)
        var processes: [StackProcess] = []
        for name in names {
            let service = String(name.prefix { $0 != "-" })
            let port = try TestPorts.free()
            let process = StackProcess(
                name: name, service: service, healthPort: port, executable: try BuiltExecutables.path(service),
                environment: environment.serving(service, name: name, healthPort: port), folder: folder)
            await process.arm(options.failpoints[name])
            processes.append(process)
        }
        return processes
    }

    private static func connections() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(2), read: .seconds(30)))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// The process of this name, such as `calls-2`.
    package subscript(name: String) -> StackProcess {
        guard let process = processes.first(where: { $0.name == name }) else {
            preconditionFailure("the stack has no process \(name)")
        }
        return process
    }

    /// Brings the schemas of the four services up to date, all at once.
    package func migrate() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in Self.services {
                group.addTask { _ = try await self.run(service, "migrate") }
            }
            try await group.waitForAll()
        }
    }

    /// Runs a command of a service to its end, such as `analytics verify`.
    /// - Parameter mayFail: otherwise an exit code other than 0 throws.
    /// - Returns: the exit code and what it printed.
    @discardableResult
    package func run(
        _ service: String, _ command: String, mayFail: Bool = false, within patience: Duration = .seconds(60)
    ) async throws -> (code: Int32, output: String) {
        let log = "\(folder)/logs/\(service)-\(command)-\(UInt32.random(in: 0 ... .max)).log"
        let variables =
            command == "migrate"
            ? environment.migrating(service) : environment.serving(service, name: service, healthPort: 0)
        let child = try await ChildProcess.start(
            [try BuiltExecutables.path(service), command], environment: variables, log: log)
        let end = await child.awaitEnd(within: patience)
        if end == nil { child.send(SIGKILL) }
        let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        guard case .exited(let code)? = end?.cause, code == 0 || mayFail else {
            let how = end.map { "\($0.cause)" } ?? "no end after \(patience)"
            throw Failure(description: "\(service) \(command): \(how)\n\(output)")
        }
        return (code, output)
    }
}
