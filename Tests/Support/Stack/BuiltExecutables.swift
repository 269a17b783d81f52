import Foundation

/// Where the executables under test are.
package enum BuiltExecutables {
    /// `SWITCHBOARD_BIN_DIR`, else the folder that the running test bundle was built in.
    package static let folder: String = {
        if let given = ProcessInfo.processInfo.environment["SWITCHBOARD_BIN_DIR"] { return given }
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        for candidate in [own].compactMap({ $0 }) + ProcessInfo.processInfo.arguments {
            var folder = URL(fileURLWithPath: candidate)
            for _ in 0..<4 {
                folder.deleteLastPathComponent()
                if FileManager.default.isExecutableFile(atPath: folder.path + "/calls") { return folder.path }
            }
        }
        return FileManager.default.currentDirectoryPath + "/.build/debug"
    }()

    /// - Throws: `ChildProcess.Failure` when it was not built.
    package static func path(_ name: String) throws -> String {
        let path = folder + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ChildProcess.Failure(
                description: "\(path) is missing: run `swift build` first, or set SWITCHBOARD_BIN_DIR")
        }
        return path
    }
}
