import Foundation
import TestSupport

/// The executables on their own, without a stack.
enum Programs {
    static let names = ["gateway", "auth", "agents", "calls", "analytics"]

    /// Starts one with exactly this environment.
    /// - Returns: the process, and the file with what it prints.
    static func start(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> (child: ChildProcess, log: String) {
        let log = FileManager.default.temporaryDirectory.path + "/system-test-\(newUUID()).log"
        let given = ["PATH": "/usr/bin:/bin", "ENV_FILE": "/dev/null", "PARENT_PID": "\(getpid())"]
        let child = try await ChildProcess.start(
            [try BuiltExecutables.path(name)] + arguments, environment: given.merging(environment) { $1 }, log: log)
        return (child, log)
    }

    /// Runs one to its end, which comes within 20 s.
    @discardableResult
    static func run(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> (code: Int32?, output: String) {
        let (child, log) = try await start(name, arguments, environment: environment)
        defer { try? FileManager.default.removeItem(atPath: log) }
        let end = await child.awaitEnd(within: .seconds(20))
        if end == nil { child.send(SIGKILL) }
        let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        guard case .exited(let code)? = end?.cause else { return (nil, output) }
        return (code, output)
    }
}

/// Certificates for 127.0.0.1, each its own authority.
enum Certificates {
    /// Removed by nobody but the system's cleaning; it holds no secret of value.
    static let folder: String = {
        let path = FileManager.default.temporaryDirectory.path + "/system-test-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }()

    /// Where the gateway looks.
    static let certificate = folder + "/serving.pem"
    static let key = folder + "/serving.key"

    static func path(_ name: String) -> String { "\(folder)/\(name).pem" }

    static func make(_ name: String) async throws {
        let folder = folder
        try await TemporaryPostgres.onThread {
            try TemporaryPostgres.run([
                "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem",
            ])
        }
    }

    /// Puts a certificate where the gateway looks, in place of the one before.
    static func use(_ name: String) throws {
        for (source, target) in [("\(folder)/\(name).key", key), (path(name), certificate)] {
            let data = try Data(contentsOf: URL(fileURLWithPath: source))
            try data.write(to: URL(fileURLWithPath: target), options: .atomic)
        }
    }
}
