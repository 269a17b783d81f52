import Foundation

/// One executable of a stack: started, watched, ended, started again.
package actor StackProcess {
    /// Such as `calls-2`.
    package nonisolated let name: String
    /// Such as `calls`: the executable, the login, the schema.
    package nonisolated let service: String
    /// Where `/livez`, `/readyz` and `/metrics` answer; the same after each restart.
    package nonisolated let healthPort: Int
    /// What it prints, over all its lives.
    package nonisolated let log: String

    /// A process that ended by itself is started again after this pause; nil: it is not.
    package private(set) var restartPause: Duration?
    /// One for each life that was not ended by `stop`.
    package private(set) var ends: [ChildProcess.End] = []
    package private(set) var child: ChildProcess?

    private let executable: String
    private let firingFolder: String
    private var environment: [String: String]
    private var isWanted = false
    private var firingCount = 0
    private(set) var everStarted: [ChildProcess] = []
    /// Written by the failpoint that is armed now when it fires.
    package private(set) var firingFile: String?

    init(
        name: String, service: String, healthPort: Int, executable: String, environment: [String: String],
        folder: String
    ) {
        self.name = name
        self.service = service
        self.healthPort = healthPort
        self.executable = executable
        self.environment = environment
        log = "\(folder)/logs/\(name).log"
        firingFolder = "\(folder)/fired"
    }

    package var pid: pid_t? { child?.ended == nil ? child?.pid : nil }

    /// Whether the failpoint that is armed now has fired.
    package var hasFired: Bool { firedAt != nil }

    /// When its failpoint fired, as the file that says so was made.
    package var firedAt: ContinuousClock.Instant? {
        guard let firingFile,
            let made = try? FileManager.default.attributesOfItem(atPath: firingFile)[.modificationDate] as? Date
        else { return nil }
        return .now - .seconds(-made.timeIntervalSinceNow)
    }

    package func setRestartPause(_ pause: Duration?) { restartPause = pause }

    /// Starts it unless it runs.
    package func start() async throws {
        guard pid == nil else { return }
        isWanted = true
        let child = try await ChildProcess.start([executable], environment: environment, log: log)
        self.child = child
        everStarted.append(child)
        Task { await restartAfterEnd(of: child) }
    }

    /// SIGKILL, SIGSTOP, SIGCONT … to the process that runs now.
    package func send(_ signal: Int32) { child?.send(signal) }

    /// Asks it to stop, kills it when it does not within 28 s, and leaves it stopped.
    /// - Returns: how it ended; nil when it did not run.
    @discardableResult
    package func stop() async -> ChildProcess.End? {
        isWanted = false
        guard let child, child.isRunning else { return nil }
        child.send(SIGCONT)
        child.send(SIGTERM)
        if let end = await child.awaitEnd(within: .seconds(28)) { return end }
        child.send(SIGKILL)
        return await child.awaitEnd()
    }

    /// Stops it and starts it with other variables beside those that it has; waits until it is ready.
    /// - Parameters:
    ///   - changes: nil takes a variable away.
    ///   - failpoint: `name:action@n`, in place of the one before; nil: none.
    package func restart(_ changes: [String: String?] = [:], failpoint: String? = nil) async throws {
        await stop()
        for (name, value) in changes { environment[name] = value }
        arm(failpoint)
        try await start()
        try await awaitReady()
    }

    /// From the next start on no failpoint is armed.
    package func disarm() { arm(nil) }

    /// Takes effect at the next start.
    func arm(_ failpoint: String?) {
        environment["FAILPOINT"] = nil
        environment["ALLOW_FAILPOINTS"] = failpoint == nil ? "false" : "true"
        firingFile = nil
        guard let failpoint else { return }
        firingCount += 1
        let file = "\(firingFolder)/\(name)-\(firingCount)"
        firingFile = file
        environment["FAILPOINT"] = "\(failpoint):once=\(file)"
    }

    /// Waits until `/readyz` answers 200.
    package func awaitReady(within patience: Duration = .seconds(20)) async throws {
        let deadline = ContinuousClock.now + patience
        while await HealthProbe.status("/readyz", port: healthPort) != 200 {
            if let end = child?.ended, restartPause == nil {
                throw ChildProcess.Failure(description: "\(name) ended (\(end.cause)):\n\(lastLines)")
            }
            guard ContinuousClock.now < deadline else {
                throw ChildProcess.Failure(description: "\(name) is not ready after \(patience):\n\(lastLines)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func restartAfterEnd(of child: ChildProcess) async {
        let end = await child.awaitEnd()
        guard isWanted, self.child === child else { return }
        ends.append(end)
        guard let restartPause else { return }
        try? await Task.sleep(for: restartPause)
        guard isWanted, self.child === child else { return }
        try? await start()
    }

    private var lastLines: String {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(12).joined(separator: "\n")
    }
}
