import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import ServiceRuntime

/// A component that does what its name says.
private struct Component: Service {
    enum Way { case untilShutdown, returning, failing }
    let way: Way

    func run() async throws {
        switch way {
        case .untilShutdown: try await gracefulShutdown()
        case .returning: return
        case .failing: throw StartFailure("the disk is full")
        }
    }
}

/// Sends this process a signal once it runs.
private struct Signaller: Service {
    let signal: Int32

    func run() async throws {
        kill(getpid(), signal)
        try await gracefulShutdown()
    }
}

private func set(_ name: String, _ value: String) { setenv(name, value, 1) }

/// Runs a process whose settings come from the test alone.
private func runProcess(services: @Sendable (ServiceProcess) async throws -> [any Service]) async -> Never {
    set("ENV_FILE", "/dev/null")
    set("LOG_FORMAT", "json")
    await ServiceProcess.run(name: "test", settings: [], services: services)
}

/// Each test runs a whole process, which `run` ends.
struct ServiceProcessTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal to stop ends the process with 0`(signal: Int32) async {
        await #expect(processExitsWith: .success) { [signal] in
            await runProcess { _ in
                [Component(way: .untilShutdown), Signaller(signal: signal)]
            }
        }
    }

    @Test func `a process is not ready before its components are made`() async {
        await #expect(processExitsWith: .exitCode(5)) {
            await runProcess { process in
                let report = await process.readiness.evaluate()
                guard report.results["process"] == .notReady("starting") else { return [] }
                throw StartFailure("As expected.", exitCode: 5)
            }
        }
    }

    @Test func `a component that fails ends the process with one sentence`() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
        ) {
            await runProcess { _ in
                [Component(way: .untilShutdown), Component(way: .failing)]
            }
        }
        #expect(
            text(result).contains(#""level":"critical","service":"test","msg":"Component failed: the disk is full.""#))
    }

    @Test func `a component that returns early ends the process`() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
        ) {
            await runProcess { _ in
                [Component(way: .untilShutdown), Component(way: .returning)]
            }
        }
        #expect(text(result).contains("Component ended by itself."))
    }

    @Test func `a wrong setting ends the process with 78 and a sentence`() async {
        let result = await #expect(
            processExitsWith: .exitCode(78), observing: [\.standardErrorContent]
        ) {
            set("HEALTH_PORT", "seven")
            await runProcess { _ in [] }
        }
        let sentence =
            #"test: HEALTH_PORT is "seven" in the environment; allowed is a whole number from 0 to 65535."# + "\n"
        #expect(text(result).contains(sentence))
    }

    @Test func `a failure to start ends the process with its code`() async {
        let result = await #expect(
            processExitsWith: .exitCode(3), observing: [\.standardErrorContent]
        ) {
            await runProcess { _ in
                throw StartFailure("PostgreSQL runs with fsync off.", exitCode: 3)
            }
        }
        #expect(text(result).contains("PostgreSQL runs with fsync off."))
    }

    @Test func `failpoints are announced and work`() async {
        let result = await #expect(
            processExitsWith: .exitCode(9), observing: [\.standardErrorContent]
        ) {
            set("ALLOW_FAILPOINTS", "true")
            set("FAILPOINT", "test.start:exit=9")
            await runProcess { _ in
                try await Failpoint.hit("test.start")
                return []
            }
        }
        #expect(text(result).contains("Failpoints are allowed"))
    }

    @Test func `failpoints do nothing unless they are allowed`() async {
        await #expect(processExitsWith: .success) {
            set("FAILPOINT", "test.start:exit=9")
            await runProcess { _ in
                try await Failpoint.hit("test.start")
                return [Signaller(signal: SIGTERM)]
            }
        }
    }

    @Test func `the process stops when its parent ends`() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            let parent = try Process.run(URL(filePath: "/bin/sleep"), arguments: ["1.5"])
            Thread.detachNewThread { parent.waitUntilExit() }
            set("PARENT_PID", "\(parent.processIdentifier)")
            await runProcess { _ in [Component(way: .untilShutdown)] }
        }
        #expect(text(result).contains("The parent process is gone; stopping."))
    }

    @Test func `a process whose parent is gone already does not start`() async {
        await #expect(processExitsWith: .exitCode(1)) {
            let parent = try Process.run(URL(filePath: "/bin/true"), arguments: [])
            parent.waitUntilExit()
            set("PARENT_PID", "\(parent.processIdentifier)")
            await runProcess { _ in [Component(way: .untilShutdown)] }
        }
    }

    @Test func `a parent that lives is seen as living`() {
        #expect(ParentWatch(parent: getppid()).isAlive)
        #expect(ParentWatch(parent: getpid()).isAlive)
    }

    @Test func `a writer to a closed pipe is not killed`() async {
        await #expect(processExitsWith: .success) {
            await runProcess { _ in
                kill(getpid(), SIGPIPE)
                return [Signaller(signal: SIGTERM)]
            }
        }
    }

    @Test func `components stop last one first, after the process is not ready`() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            await runProcess { process in
                [
                    Farewell(name: "first", process: process), Farewell(name: "second", process: process),
                    Signaller(signal: SIGTERM),
                ]
            }
        }
        let lines = text(result).split(separator: "\n").compactMap { try? jsonObject(String($0))["msg"] as? String }
        #expect(lines.suffix(4) == ["Stopping.", "second true", "first true", "Stopped."])
    }

    private func text(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
}

/// Logs its name, and whether the process is not ready any more, when it stops.
private struct Farewell: Service {
    let name: String
    let process: ServiceProcess

    func run() async throws {
        try await gracefulShutdown()
        process.logger.info("\(name) \(process.readiness.isStopping)")
    }
}
