import Foundation
import NIOConcurrencyHelpers
import TestSupport

/// Watches how many `calls` processes the gateway takes for live while one of them is stopped.
final class EndpointGauge: Sendable {
    private let isPaused: Bool
    private let stack: Stack
    private let victim: String
    private let droppedAfter = NIOLockedValueBox<Duration?>(nil)
    private let rejoinedAfter = NIOLockedValueBox<Duration?>(nil)
    private let hasAnswered = NIOLockedValueBox(false)

    init(_ cell: FaultCell, _ stack: Stack) {
        isPaused = if case .pause = cell.action, cell.victim == "calls-2" { true } else { false }
        self.stack = stack
        victim = cell.victim
    }

    /// Returns when the victim has rejoined, or at once in a cell that stops no `calls`.
    func watch() async {
        guard isPaused else { return }
        let isStopped = { @Sendable in await self.stack[self.victim].child?.isPaused ?? false }
        guard let stoppedAt = await instant(within: .seconds(20), isStopped) else { return }
        let droppedAt = await instant(within: .seconds(9)) { await self.live() == 1 }
        droppedAfter.withLockedValue { $0 = droppedAt.map { $0 - stoppedAt } }
        let resumedAt = await instant(within: .seconds(20)) { await !isStopped() }
        let answeredBefore = await answered()
        let rejoinedAt = await instant(within: .seconds(10)) { await self.live() == 2 }
        rejoinedAfter.withLockedValue { $0 = resumedAt.flatMap { resumed in rejoinedAt.map { $0 - resumed } } }
        let worksAgain = await instant(within: .seconds(5)) { await self.answered() > answeredBefore }
        hasAnswered.withLockedValue { $0 = worksAgain != nil }
    }

    func check(_ findings: inout Findings) {
        guard isPaused else { return }
        let dropped = droppedAfter.withLockedValue { $0 }
        findings.require(
            dropped.map { $0 <= .seconds(3) } ?? false, .slowRecovery,
            "the stopped process was dropped \(dropped.map { "after \($0)" } ?? "never")")
        let rejoined = rejoinedAfter.withLockedValue { $0 }
        findings.require(
            rejoined.map { $0 <= .seconds(5) } ?? false, .slowRecovery,
            "the process rejoined \(rejoined.map { "after \($0)" } ?? "never")")
        findings.require(hasAnswered.withLockedValue { $0 }, .slowRecovery, "the process was asked nothing any more")
    }

    private func live() async -> Double? {
        await metric("switchboard_bus_asking_live_endpoints{owner=\"calls\"}", of: "gateway")
    }

    private func answered() async -> Double { await metric("switchboard_bus_serving_answered_total", of: victim) ?? 0 }

    private func metric(_ name: String, of process: String) async -> Double? {
        let text = await HealthProbe.get("/metrics", port: stack[process].healthPort) ?? ""
        return text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + " ") }?
            .split(separator: " ").last.flatMap { Double($0) }
    }

    private func instant(
        within patience: Duration, _ condition: () async -> Bool
    ) async -> ContinuousClock.Instant? {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            if await condition() { return .now }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }
}
