import Foundation
import Logging

/// Follows an owner's event log from a remembered position: woken by news, polling behind it, never skipping a number.
///
/// What is done with a batch and where the position is kept is up to the consumer; the follower keeps nothing that a
/// restart would need.
package struct EventFollower<Owner: EventOwner>: Sendable {
    /// The position in each partition that the consumer has finished, `EventPartition.count` of them.
    package typealias Positions = [Int]

    private let asking: any Asking
    private let caller: Caller
    private let logger: Logger
    private let wake = WakeUp()
    private let pollMS: Int
    private let restMS: Int
    private let limit: Int
    private let load: @Sendable () async throws -> Positions
    private let apply: @Sendable ([EventRecord], Positions) async throws -> Positions
    private let caughtUp: @Sendable () -> Void

    /// - Parameters:
    ///   - pollMS: how long at most until the owner is asked again when no news comes.
    ///   - restMS: how long to rest after a batch that was not full, so that under load they grow and cost less each.
    ///   - load: reads the remembered positions; called at the start and after each failure.
    ///   - apply: works on a batch in order and answers the new positions; a failure is tried again from `load`.
    ///   - caughtUp: called whenever the owner has answered that there is nothing more.
    package init(
        bus: any Asking & Announcing, as caller: Caller, logger: Logger, pollMS: Int = 250, restMS: Int = 0,
        limit: Int = 1024, load: @escaping @Sendable () async throws -> Positions,
        apply: @escaping @Sendable ([EventRecord], Positions) async throws -> Positions,
        caughtUp: @escaping @Sendable () -> Void = {}
    ) {
        asking = bus
        self.caller = caller
        self.logger = logger
        self.pollMS = pollMS
        self.restMS = restMS
        self.limit = limit
        self.load = load
        self.apply = apply
        self.caughtUp = caughtUp
        let wake = wake
        bus.subscribe(to: EventsRecorded<Owner>.self, missed: { wake.signal() }, { _ in wake.signal() })
    }

    /// Follows until the task is cancelled.
    package func run() async {
        var positions: Positions?
        var failures = 0
        while !Task.isCancelled {
            do {
                let current: Positions
                if let positions { current = positions } else { current = try await load() }
                let batch = try await asking.ask(
                    EventsAfter<Owner>(positions: current, limit: limit), as: caller, within: 5000)
                failures = 0
                if batch.events.isEmpty {
                    positions = current
                    caughtUp()
                    await wake.wait(atMostMS: pollMS)
                } else {
                    try Self.check(batch.events, follow: current)
                    positions = try await apply(batch.events, current)
                    if restMS > 0, batch.events.count < limit {
                        try await Task.sleep(for: .milliseconds(restMS))
                    }
                }
            } catch is CancellationError {
                return
            } catch {
                positions = nil
                failures += 1
                if failures == 1 || failures % 40 == 0 {
                    logger.warning(
                        "cannot follow events",
                        metadata: ["owner": "\(Owner.name)", "cause": "\(error)", "failures": "\(failures)"])
                }
                try? await Task.sleep(for: .milliseconds(pollMS))
            }
        }
    }

    /// Each partition must go on where its position stands.
    private static func check(_ events: [EventRecord], follow positions: Positions) throws {
        var next = positions
        for event in events {
            guard next.indices.contains(event.partition), event.number == next[event.partition] + 1 else {
                throw MalformedMessage("event \(event.number) of partition \(event.partition) does not follow")
            }
            next[event.partition] = event.number
        }
    }
}

extension Array where Element == Int {
    /// These positions moved past the given events.
    package func advanced(past events: [EventRecord]) -> [Int] {
        var moved = self
        for event in events { moved[event.partition] = event.number }
        return moved
    }
}

/// Wakes one waiting task; a signal that comes while nobody waits is remembered.
package final class WakeUp: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() {
        (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    package func signal() {
        continuation.yield()
    }

    /// Returns after a signal, after `milliseconds`, or when the task is cancelled.
    package func wait(atMostMS milliseconds: Int) async {
        let continuation = continuation
        let alarm = Task {
            try await Task.sleep(for: .milliseconds(milliseconds))
            continuation.yield()
        }
        for await _ in stream { break }
        alarm.cancel()
    }
}
