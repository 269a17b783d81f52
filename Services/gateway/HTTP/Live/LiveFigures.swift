import Bus
import NIOConcurrencyHelpers

/// The figures of a workspace at this moment: worked out once for all who watch, at most once a second.
actor LiveFigures {
    private let parts: LiveHub.Parts
    private let asker: LiveAsker
    private let wake = WakeUp()
    private let moved = NIOLockedValueBox<UInt64>(0)
    private var last: (frame: LiveFrame, at: UInt64)?
    /// What everybody was told last.
    private var told: LiveFrame?
    private var lookedAt: UInt64 = 0
    private var running: Task<LiveFrame, any Error>?

    init(_ parts: LiveHub.Parts, _ asker: LiveAsker) {
        self.parts = parts
        self.asker = asker
    }

    /// Something has happened that they may show.
    nonisolated func haveMoved() {
        moved.withLockedValue { $0 = monotonicNanoseconds() }
        wake.signal()
    }

    /// - Throws: when services that know them cannot be asked.
    func snapshot() async throws -> LiveFrame {
        if let last, monotonicNanoseconds() - last.at < UInt64(parts.limits.metricsMS) * 1_000_000 { return last.frame }
        let frame = try await current()
        if told == nil { told = frame }
        return frame
    }

    private func current() async throws -> LiveFrame {
        if let running { return try await running.value }
        let (surface, asker) = (parts.surface, asker)
        let task = Task { try await surface.metrics(asking: asker) }
        running = task
        defer { running = nil }
        let frame = try await task.value
        last = (frame, monotonicNanoseconds())
        return frame
    }

    /// Waits for something to happen, or a while, and works the figures out.
    /// - Returns: nil when they are as they were, or cannot be known.
    func next() async -> LiveFrame? {
        // Statistics may be a moment behind the feed: what moved lately is looked at once more.
        let isFresh = monotonicNanoseconds() - moved.withLockedValue { $0 } < 2_000_000_000
        if !isFresh { await wake.wait(atMostMS: parts.limits.metricsPollMS) }
        let rest = parts.limits.metricsMS - Int((monotonicNanoseconds() - lookedAt) / 1_000_000)
        if rest > 0 { try? await Task.sleep(for: .milliseconds(rest)) }
        lookedAt = monotonicNanoseconds()
        guard !Task.isCancelled, let frame = try? await current(), frame.data != told?.data else { return nil }
        told = frame
        return frame
    }
}
