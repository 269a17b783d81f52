import Foundation
import Postgres

/// A virtual environment of Python with packages from PyPI, in `.build/tools`, made when it is not there.
package struct PythonEnvironment: Sendable {
    /// Its folder's name.
    let name: String
    /// Installed with what they need.
    let packages: [String]
    /// Installed alone, since what they say they need is more than what the tests use of them.
    var lonePackages: [String] = []
    /// There when it is whole, and made last where no package brings it; a path within the folder.
    let lastFile: String

    package var folder: String { Self.root + "/.build/tools/" + name }

    /// The repository.
    package static var root: String {
        var root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        while !FileManager.default.fileExists(atPath: root.appendingPathComponent("Package.swift").path) {
            root.deleteLastPathComponent()
        }
        return root.path
    }

    /// - Returns: its folder, whole.
    package func prepared() async throws -> String {
        if !FileManager.default.fileExists(atPath: "\(folder)/\(lastFile)") {
            try await TemporaryPostgres.onThread { try install() }
        }
        return folder
    }

    /// One test process at a time; the second one finds it done.
    private func install() throws {
        let script = """
            set -e
            mkdir -p "$1"
            exec 9>"$1.lock"
            flock 9
            [ ! -e "$1/$2" ] || exit 0
            /usr/bin/python3 -m venv "$1"
            [ -z "$3" ] || "$1/bin/pip" install --disable-pip-version-check --quiet $3
            [ -z "$4" ] || "$1/bin/pip" install --disable-pip-version-check --quiet --no-deps $4
            touch "$1/$2"
            """
        try Self.run(
            script, [folder, lastFile, packages.joined(separator: " "), lonePackages.joined(separator: " ")])
    }

    /// Runs a script of the shell with this process's environment.
    /// - Throws: `Failure` with what it printed, unless it exits with 0.
    static func run(_ script: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "sh"] + arguments
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = String(decoding: printed, as: UTF8.self)
            throw ChildProcess.Failure(description: "\(arguments) cannot be prepared: \(text)")
        }
    }
}
