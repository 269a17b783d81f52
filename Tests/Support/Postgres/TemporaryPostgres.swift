import Foundation
import Logging
import Postgres

/// A private PostgreSQL cluster for tests, with fsync on. It ends with the test process, however that ends.
package final class TemporaryPostgres: @unchecked Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Holds `data`, `s` (the folder of the socket) and `log`.
    package let folder: String
    /// On 127.0.0.1; nil when only the socket is served.
    package let tcpPort: Int?
    private let settings: [String]
    /// Where this cluster's initdb and postgres are.
    private let binaries: String
    private let lock = NSLock()
    private var server: Process?
    private var watchdog: (process: Process, input: Pipe)?
    private var databaseCount = 0

    private init(folder: String, settings: [String], tcpPort: Int?, binaries: String = TemporaryPostgres.binaries) {
        self.folder = folder
        self.settings = settings
        self.tcpPort = tcpPort
        self.binaries = binaries
    }

    deinit {
        stop()
    }

    private static let sharedCluster = Task<TemporaryPostgres, any Error> {
        try await start(settings: ["max_connections=600"])
    }

    /// The cluster that all tests of this process use, each with a database of its own.
    package static func shared() async throws -> TemporaryPostgres {
        try await sharedCluster.value
    }

    /// Starts a cluster for a test that wants to stop, kill or configure it.
    /// - Parameters:
    ///   - settings: such as `max_connections=10`.
    ///   - servesTCP: also listens on a free port of 127.0.0.1.
    ///   - extensionFiles: a folder of an extension's files that this server has beside its own.
    ///   - prepare: is given the data folder after initdb; files it makes are handed to the server's user.
    package static func start(
        settings: [String] = [], servesTCP: Bool = false, extensionFiles: String? = nil,
        prepare: @escaping @Sendable (_ dataFolder: String) throws -> Void = { _ in }
    ) async throws -> TemporaryPostgres {
        try await onThread {
            let folder = "/tmp/swb-pg-\(getpid())-\(UInt32.random(in: 0 ... .max))"
            let port = servesTCP ? try freePort() : nil
            let cluster = TemporaryPostgres(
                folder: folder, settings: settings, tcpPort: port,
                binaries: extensionFiles == nil ? binaries : ServerCopy.binaries(in: folder))
            try cluster.initialize(extensionFiles: extensionFiles, prepare)
            try cluster.launch()
            return cluster
        }
    }

    /// Starts a cluster that follows this one by streaming, and returns when it does.
    package func startStandby(settings: [String] = []) async throws -> TemporaryPostgres {
        let source = url()
        let standby = try await Self.onThread {
            let folder = "/tmp/swb-pg-\(getpid())-\(UInt32.random(in: 0 ... .max))"
            let standby = TemporaryPostgres(folder: folder, settings: settings, tcpPort: nil)
            try standby.initialize(from: source)
            try standby.launch()
            return standby
        }
        let database = try Database(configuration: DatabaseConfiguration(url: source), logger: Self.silence)
        for _ in 0..<500 {
            let following = try await database.query(
                "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'", access: .readOnly)
            if !following.isEmpty { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        await database.close()
        return standby
    }

    private static var silence: Logger { Logger(label: "postgres") { _ in SwiftLogNoOpLogHandler() } }

    private var port: Int { tcpPort ?? 5432 }

    /// The URL over the socket, as the cluster's owner unless another user is named. No password is asked for.
    package func url(database: String = "postgres", user: String = "owner", parameters: String = "") -> String {
        let socket = folder.replacingOccurrences(of: "/", with: "%2F") + "%2Fs"
        return "postgresql://\(user)@\(socket):\(port)/\(database)\(parameters.isEmpty ? "" : "?" + parameters)"
    }

    /// The URL over TCP, of a cluster that serves it.
    package func tcpURL(
        host: String = "127.0.0.1", database: String = "postgres", user: String = "owner", parameters: String = ""
    ) -> String {
        "postgresql://\(user)@\(host):\(port)/\(database)\(parameters.isEmpty ? "" : "?" + parameters)"
    }

    /// Makes a database.
    /// - Parameter template: a database to copy that nobody is connected to.
    /// - Returns: its name.
    package func createDatabase(template: String = "template1") async throws -> String {
        let name = lock.withLock {
            databaseCount += 1
            return "test_\(databaseCount)"
        }
        let url = url()
        try await Self.onThread {
            let connection = try DedicatedConnection(
                configuration: DatabaseConfiguration(url: url),
                logger: Self.silence)
            try connection.run(script: "CREATE DATABASE \(name) TEMPLATE \(template)", timeout: .seconds(60))
        }
        return name
    }

    // MARK: Its life

    package var processID: pid_t? { lock.withLock { server?.processIdentifier } }

    /// Sends a signal to the postmaster.
    package func send(_ signal: Int32) {
        if let processID { kill(processID, signal) }
    }

    /// Ends the postmaster by SIGKILL. Its backends notice and end by themselves.
    /// - Returns: whether it ended by that signal.
    @discardableResult
    package func killHard() async throws -> Bool {
        let server = lock.withLock { self.server }
        send(SIGKILL)
        try await awaitEnd()
        return server?.terminationReason == .uncaughtSignal && server?.terminationStatus == SIGKILL
    }

    /// Ends the postmaster and its backends by SIGQUIT, without a checkpoint.
    package func stopImmediately() async throws {
        send(SIGQUIT)
        try await awaitEnd()
    }

    /// Starts the cluster again after it was ended.
    package func restart() async throws {
        try await Self.onThread { try self.launch() }
    }

    /// Ends it and removes its folder.
    package func stop() {
        let watchdog = lock.withLock {
            defer { self.watchdog = nil }
            return self.watchdog
        }
        try? watchdog?.input.fileHandleForWriting.close()
    }

    private func awaitEnd() async throws {
        let server = lock.withLock { self.server }
        try await Self.onThread { server?.waitUntilExit() }
    }

    private var user: String { "nobody" }

    private func initialize(extensionFiles: String?, _ prepare: (String) throws -> Void) throws {
        try makeFolders()
        if let extensionFiles { try ServerCopy.make(in: folder, with: extensionFiles) }
        try Self.run(
            Self.asServerUser([
                binaries + "/initdb", "-D", folder + "/data", "-U", "owner", "-A", "trust", "-E", "UTF8",
                "--locale=C", "--data-checksums", "--no-sync", "--no-instructions",
            ]))
        try prepare(folder + "/data")
        try handOver()
    }

    private func initialize(from source: String) throws {
        try makeFolders()
        try Self.run(
            Self.asServerUser([
                Self.binaries + "/pg_basebackup", "-d", source, "-D", folder + "/data", "-R", "-X", "stream", "-c",
                "fast",
                "--no-sync",
            ]))
    }

    private func makeFolders() throws {
        for path in [folder, folder + "/data", folder + "/s"] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        }
        try startWatchdog()
        try handOver()
    }

    private func handOver() throws {
        if getuid() == 0 { try Self.run(["/bin/chown", "-R", "nobody:nogroup", folder]) }
    }

    private func launch() throws {
        let address = tcpPort == nil ? "" : "127.0.0.1"
        let fixed = [
            "listen_addresses=\(address)", "port=\(port)", "unix_socket_directories=\(folder)/s",
            "shared_buffers=32MB", "fsync=on", "log_min_messages=log",
        ]
        let server = Self.process(
            Self.asServerUser(
                [binaries + "/postgres", "-D", folder + "/data"] + (fixed + settings).flatMap { ["-c", $0] }))
        let logPath = folder + "/log"
        if !FileManager.default.fileExists(atPath: logPath) {
            guard FileManager.default.createFile(atPath: logPath, contents: nil) else {
                throw Failure(description: "\(logPath) cannot be written")
            }
        }
        let log = FileHandle(forUpdatingAtPath: logPath)
        _ = try log?.seekToEnd()
        server.standardOutput = log
        server.standardError = log
        let deadline = Date(timeIntervalSinceNow: 30)
        // Backends of a killed postmaster still end by themselves; a server beside them would spoil the data.
        while hasBackends(), Date() < deadline { usleep(10_000) }
        try server.run()
        lock.withLock { self.server = server }
        while !isReady(server) {
            guard server.isRunning, Date() < deadline else {
                let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
                throw Failure(description: "PostgreSQL did not start: \(log)")
            }
            usleep(10_000)
        }
    }

    /// The file may still be that of a server before.
    private func isReady(_ server: Process) -> Bool {
        guard let text = try? String(contentsOfFile: folder + "/data/postmaster.pid", encoding: .utf8) else {
            return false
        }
        return text.hasPrefix("\(server.processIdentifier)\n") && text.contains("ready")
    }

    /// True while somebody is attached to the shared memory of the server before.
    private func hasBackends() -> Bool {
        guard let text = try? String(contentsOfFile: folder + "/data/postmaster.pid", encoding: .utf8),
            let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(6).first,
            let segment = line.split(separator: " ").last.flatMap({ Int32($0) })
        else { return false }
        var state = shmid_ds()
        return shmctl(segment, IPC_STAT, &state) == 0 && state.shm_nattch > 0
    }

    /// A shell that waits until this process lets go of its input and then ends the cluster.
    private func startWatchdog() throws {
        let script = """
            read _; pid=$(head -1 "$0/data/postmaster.pid" 2>/dev/null)
            if [ -n "$pid" ]; then
                kill -CONT $pid; kill -QUIT $pid
                while kill -0 $pid; do sleep 0.05; done
            fi 2>/dev/null
            rm -rf "$0"
            """
        let process = Self.process(["/bin/sh", "-c", script, folder])
        let input = Pipe()
        process.standardInput = input
        try process.run()
        try? input.fileHandleForReading.close()
        lock.withLock { watchdog = (process, input) }
    }
}
