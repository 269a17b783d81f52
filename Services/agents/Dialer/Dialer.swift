import Bus
import Contracts
import Logging
import ServiceLifecycle

/// Dials what is due in active campaigns, as one of any number of processes that do the same.
struct Dialer: Service {
    /// Attempts of one transaction.
    private static let batch = 128
    /// Attempts of this process that wait to be placed.
    private static let mostUnplaced = 512
    private static let pollMS = 250
    private static let idlePollMS = 1000

    let attempts: any AttemptRepository
    let placing: Placing
    let terms: DialingTerms
    let state: DialerState
    let logger: Logger

    /// Ends after a graceful stop once what is being placed and played has come to its end.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while !state.stop.isUp, !Task.isCancelled {
                    let left = state.takeHandedOver()
                    if !left.isEmpty { group.addTask { await placing.conduct(left) } }
                    let pauseMS = await dial { batch in
                        state.began(batch)
                        group.addTask { await placing.conduct(batch) }
                    }
                    if pauseMS > 0, !state.stop.isUp { await state.wake.wait(atMostMS: pauseMS) }
                }
            }
            try? await attempts.release(terms: terms)
            await placing.carrier.close()
        } onGracefulShutdown: {
            state.stop.raise()
            state.wake.signal()
            state.upkeepWake.signal()
        }
    }

    /// Takes what there is.
    /// - Returns: how long to wait for more, in milliseconds.
    private func dial(_ begin: ([Attempt]) -> Void) async -> Int {
        do {
            let found = try await attempts.dialable()
            var taken = 0
            for campaign in found.campaigns {
                let room = Self.mostUnplaced - state.unplaced
                guard room > 0, !state.isBreakerOpen, !state.stop.isUp else { break }
                let (batch, suppressed) = try await attempts.take(
                    from: campaign, limit: min(room, Self.batch), terms: terms)
                taken += batch.count + suppressed
                if !batch.isEmpty { begin(batch) }
            }
            if taken > 0 { return 0 }
            return found.isAnythingActive ? Self.pollMS : Self.idlePollMS
        } catch is CancellationError {
            return Self.pollMS
        } catch {
            logger.warning("cannot dial", metadata: ["cause": "\(error)"])
            return Self.pollMS
        }
    }
}
