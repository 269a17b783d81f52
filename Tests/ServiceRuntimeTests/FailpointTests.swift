import Foundation
import Testing

@testable import ServiceRuntime

/// One after the other, since failpoints are global to the process.
@Suite(.serialized) struct FailpointTests {
    @Test(arguments: [
        ("a:kill", FailpointPlan.Action.kill, 1), ("a.b-c:stop@3", .stop, 3),
        ("a:sleep=50@2", .sleep(milliseconds: 50), 2),
        ("a:error", .error, 1), ("a:exit=7", .exit(code: 7), 1),
    ])
    func `a plan names place, action and hit`(text: String, action: FailpointPlan.Action, nth: Int) throws {
        let plan = try #require(try FailpointPlan.plans(in: text).first)
        #expect(plan.name == text.prefix { $0 != ":" })
        #expect(plan.action == action)
        #expect(plan.nth == nth)
        #expect(plan.onceFile == nil)
    }

    @Test func `several plans are separated by semicolons, each with its file`() throws {
        let plans = try FailpointPlan.plans(in: "a:kill@2:once=/tmp/x:y@z; b:sleep=0 ;")
        #expect(plans.map(\.name) == ["a", "b"])
        #expect(plans.map(\.onceFile) == ["/tmp/x:y@z", nil])
    }

    @Test(arguments: [
        "a", ":kill", "a:", "a:boom", "a:kill=1", "a:sleep", "a:sleep=-1", "a:sleep=x", "a:exit", "a:exit=256",
        "a:kill@0",
        "a:kill@x", "a:kill:once=", "a:kill:twice=/x", "a:error=1",
    ])
    func `another plan is refused`(text: String) {
        let error = #expect(throws: StartFailure.self) { try FailpointPlan.plans(in: text) }
        #expect(error?.exitCode == 78)
    }

    @Test func `nothing happens unless it is armed`() throws {
        Failpoint.disarm()
        try Failpoint.hit("a")
    }

    @Test func `an error is thrown at the nth hit only`() async throws {
        try Failpoint.arm("a:error@2")
        defer { Failpoint.disarm() }
        try await Failpoint.hit("a")
        try await Failpoint.hit("b")
        await #expect(throws: FailpointError(name: "a")) { try await Failpoint.hit("a") }
        try await Failpoint.hit("a")
    }

    @Test func `a place with a file fires once, also after a restart, and leaves its name and time`() throws {
        let path = temporaryPath("once")
        defer {
            Failpoint.disarm()
            try? FileManager.default.removeItem(atPath: path)
        }
        try Failpoint.arm("a:error:once=\(path)")
        #expect(throws: FailpointError(name: "a")) { try Failpoint.hit("a") }
        try Failpoint.arm("a:error:once=\(path)")
        try Failpoint.hit("a")
        let record = try String(contentsOfFile: path, encoding: .utf8)
        #expect(record.wholeMatch(of: /a \d{4}-\d\d-\d\dT[\d:.]+Z pid=\d+\n/) != nil)
    }

    @Test func `a place whose file cannot be made does not fire`() throws {
        try Failpoint.arm("a:error:once=/nowhere/at/all")
        defer { Failpoint.disarm() }
        try Failpoint.hit("a")
    }

    @Test func `a sleep lasts as long as it says, for a thread and for a task`() async throws {
        try Failpoint.arm("a:sleep=50@1;b:sleep=50@1")
        defer { Failpoint.disarm() }
        let start = ContinuousClock.now
        try hitWithoutTask("a")
        try await Failpoint.hit("b")
        #expect(ContinuousClock.now - start >= .milliseconds(100))
    }

    private func hitWithoutTask(_ name: String) throws { try Failpoint.hit(name) }

    @Test func `kill ends the process by SIGKILL`() async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            try Failpoint.arm("a:kill")
            try Failpoint.hit("a")
        }
    }

    @Test func `exit ends the process with its code`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            try Failpoint.arm("a:exit=42")
            try await Failpoint.hit("a")
        }
    }

    @Test func `no bug is planted unless it is compiled in and chosen`() throws {
        #expect(!PlantedBug.isPlanted("answer-before-commit"))
        if !PlantedBug.isCompiledIn { try PlantedBug.refuseInRelease() }
    }
}
