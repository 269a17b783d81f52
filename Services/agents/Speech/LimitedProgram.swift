import Bus
import Foundation
import Synchronization

/// A program of the system that reads what strangers have sent: in a folder of its own, with nothing of this process's
/// environment and files, within bounds of time, memory and file size, and killed at the deadline.
struct LimitedProgram: Sendable {
    /// How it ended.
    enum End: Sendable, Equatable {
        case exited(Int32)
        case killed
        case notStarted(String)
        case tooSlow
    }

    static let cpuSeconds = 40
    static let memoryBytes = 1_073_741_824
    static let fileBytes = 33_554_432

    private static let limiter = "/usr/bin/prlimit"

    /// The program's absolute path.
    let path: String

    /// Whether the machine has it, and what bounds it.
    var isThere: Bool {
        FileManager.default.isExecutableFile(atPath: path) && FileManager.default.isExecutableFile(atPath: Self.limiter)
    }

    /// - Parameters:
    ///   - folder: where it runs and writes.
    ///   - output: the name of a file in it for what the program prints.
    func run(_ arguments: [String], in folder: URL, output: String, by deadline: Deadline) async -> End {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.limiter)
        process.arguments =
            [
                "--cpu=\(Self.cpuSeconds)", "--as=\(Self.memoryBytes)", "--fsize=\(Self.fileBytes)", "--core=0",
                "--nofile=64", "--", path,
            ] + arguments
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": folder.path]
        process.currentDirectoryURL = folder
        let path = folder.appendingPathComponent(output).path
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { return .notStarted("no file can be made") }
        defer { try? file.close() }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = file
        process.standardError = FileHandle.nullDevice
        return await wait(for: process, by: deadline)
    }

    private func wait(for process: Process, by deadline: Deadline) async -> End {
        let running = Running(process)
        let started: Result<Void, any Error> = Result { try running.start() }
        if case .failure(let error) = started { return .notStarted("\(error)") }
        return await withTaskCancellationHandler {
            await withTaskGroup(of: End?.self) { group in
                group.addTask { await running.ended() }
                group.addTask {
                    guard (try? await Task.sleep(for: .milliseconds(deadline.remainingMS))) != nil else { return nil }
                    running.kill()
                    return .tooSlow
                }
                var first: End?
                // The end is waited for even of one that was killed, so that nobody uses its folder any more.
                for await end in group {
                    first = first ?? end
                    group.cancelAll()
                }
                return first ?? .killed
            }
        } onCancel: {
            running.kill()
        }
    }

    /// `Process` is used by one thread at a time: this holds its lock.
    private final class Running: @unchecked Sendable {
        private let lock = NSLock()
        private let process: Process
        private var end: End?
        private var waiters: [CheckedContinuation<End, Never>] = []

        init(_ process: Process) {
            self.process = process
        }

        func start() throws {
            process.terminationHandler = { [weak self] process in
                self?.note(process.terminationReason == .exit ? .exited(process.terminationStatus) : .killed)
            }
            try process.run()
        }

        private func note(_ end: End) {
            let waiting = lock.withLock {
                self.end = end
                defer { waiters = [] }
                return waiters
            }
            for waiter in waiting { waiter.resume(returning: end) }
        }

        func ended() async -> End {
            await withCheckedContinuation { continuation in
                let known = lock.withLock {
                    if end == nil { waiters.append(continuation) }
                    return end
                }
                if let known { continuation.resume(returning: known) }
            }
        }

        func kill() {
            lock.withLock {
                if end == nil, process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) }
            }
        }
    }
}
