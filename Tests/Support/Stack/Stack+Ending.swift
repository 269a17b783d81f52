import AsyncHTTPClient
import Foundation

extension Stack {
    /// Asks everything to stop, the gateway first, and waits.
    /// - Throws: `Failure` when a process had to be killed, ended badly, or is left.
    package func stop() async throws {
        var complaints: [String] = []
        for process in processes.reversed() where process.service == "gateway" {
            complaints += await Stack.stopping(process)
        }
        await withTaskGroup(of: [String].self) { group in
            for process in processes where process.service != "gateway" {
                group.addTask { await Stack.stopping(process) }
            }
            for await found in group { complaints += found }
        }
        await database.close()
        postgres.stop()
        try? await connections.shutdown()
        complaints += try await leftovers()
        guard complaints.isEmpty else { throw Failure(description: complaints.joined(separator: "\n")) }
    }

    private static func stopping(_ process: StackProcess) async -> [String] {
        guard let end = await process.stop(), end.cause != .exited(code: 0) else { return [] }
        return ["\(process.name) did not stop in good order: \(end.cause)"]
    }

    /// Processes of this stack that are still there, PostgreSQL's included. A large cluster takes its time.
    private func leftovers() async throws -> [String] {
        var left: [String] = []
        for _ in 0..<300 {
            left = ProcessTable.pids(withVariable: "BUS_DIR", value: "\(folder)/bus").map { "process \($0) is left" }
            // Its watchdog removes the folder once the server has ended.
            if FileManager.default.fileExists(atPath: postgres.folder) { left.append("PostgreSQL is left") }
            if left.isEmpty { return [] }
            try await Task.sleep(for: .milliseconds(100))
        }
        return left
    }

    /// Copies the logs to `.build/test-logs` (or `SWITCHBOARD_TEST_LOGS`) before `stop()` removes them.
    package func keepLogs() {
        let environment = ProcessInfo.processInfo.environment
        let target =
            environment["SWITCHBOARD_TEST_LOGS"] ?? FileManager.default.currentDirectoryPath + "/.build/test-logs"
        let place = "\(target)/stack-\(URL(fileURLWithPath: postgres.folder).lastPathComponent)"
        try? FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try? FileManager.default.copyItem(atPath: "\(folder)/logs", toPath: place)
        try? FileManager.default.copyItem(atPath: postgres.folder + "/log", toPath: place + "/postgres.log")
        print("The logs of this stack are in \(place).")
    }
}
