import Bus
import Contracts
import Logging
import ServiceRuntime

/// Brings recorded attempts to the carrier: their calls are recorded first, then the placing is committed, then the
/// carrier is asked, once.
struct Placing: Sendable {
    let attempts: any AttemptRepository
    let records: CallRecords
    let carrier: any Carrier
    let simulated: SimulatedCalls
    let terms: DialingTerms
    let state: DialerState
    let logger: Logger

    /// Goes on until each attempt is placed, ended, somebody else's, or the process stops.
    func conduct(_ batch: [Attempt]) async {
        // The simulated carrier has taken what was being placed by a process that is gone.
        let placed = batch.filter { $0.phase != .recorded }
        for _ in placed { state.leftPlacing() }
        async let played: Void = play(placed)
        await place(batch.filter { $0.phase == .recorded })
        await played
    }

    private func place(_ batch: [Attempt]) async {
        guard !batch.isEmpty else { return }
        try? await Failpoint.hit("agents.attempt-recorded")
        var left = await recorded(batch)
        var pauseMS = 50
        while !left.isEmpty, !state.stop.isUp, !Task.isCancelled {
            let before = left.count
            do {
                left = try await round(left)
            } catch {
                logger.warning("attempts cannot be placed", metadata: ["cause": "\(error)"])
            }
            guard !left.isEmpty else { break }
            pauseMS = left.count < before ? 50 : min(pauseMS * 2, 1000)
            _ = await state.stop.sleep(milliseconds: pauseMS)
        }
        for attempt in left { leave(attempt) }
    }

    /// One try for as many as the carrier may be asked for.
    /// - Returns: those that are to be tried again.
    private func round(_ left: [Attempt]) async throws -> [Attempt] {
        let admitted = state.breaker { $0.admit(left.count, at: monotonicNanoseconds()) }
        let begun: PlacingBegun
        do {
            begun = try await attempts.beginPlacing(left, limit: admitted, terms: terms)
        } catch {
            if admitted > 0 { state.breaker { $0.giveBack(at: monotonicNanoseconds()) } }
            // It may have been committed; nothing was sent.
            try? await attempts.takeBack(left, terms: terms)
            throw error
        }
        if begun.placing.isEmpty, admitted > 0 { state.breaker { $0.giveBack(at: monotonicNanoseconds()) } }
        await withdraw(left.filter { begun.stopped.contains($0.callID) })
        for attempt in left
        where !begun.placing.contains(attempt.callID) && !begun.waiting.contains(attempt.callID) {
            // Withdrawn, or somebody else's.
            leave(attempt)
        }
        let placing = left.filter { begun.placing.contains($0.callID) }
        let unsent = placing.isEmpty ? [] : await send(placing)
        return unsent + left.filter { begun.waiting.contains($0.callID) }
    }

    /// - Returns: those of which nothing was sent; they are recorded attempts again.
    private func send(_ placing: [Attempt]) async -> [Attempt] {
        try? await Failpoint.hit("agents.placing-unsent")
        let results = await withTaskGroup(of: (Attempt, Placement).self) { group in
            for attempt in placing {
                // Another process may have begun it while there was no voice server.
                let carrier: any Carrier = attempt.isSimulated ? SimulatedCarrier() : carrier
                group.addTask { (attempt, await carrier.place(attempt)) }
            }
            return await group.reduce(into: [(Attempt, Placement)]()) { $0.append($1) }
        }
        try? await Failpoint.hit("agents.sent-unrecorded")
        var notes: [(attempt: Attempt, phase: AttemptPhase)] = []
        var ends: [AttemptEnd] = []
        var unsent: [Attempt] = []
        for (attempt, placement) in results {
            note(placement, isSimulated: attempt.isSimulated)
            switch placement {
            case .placed: notes.append((attempt, .placed))
            case .unknown: notes.append((attempt, .unknown))
            case .unsent: unsent.append(attempt)
            case .refused(let code, let detail, _):
                ends.append(AttemptEnd(of: attempt, .carrierError, code: code, detail: detail))
            }
        }
        let kept = await keep(notes, ends, unsent)
        let played = notes.filter { $0.phase == .placed && $0.attempt.isSimulated }.map(\.attempt)
        let unsentIDs = Set(unsent.map(\.callID))
        for attempt in placing where !(kept && unsentIDs.contains(attempt.callID)) { state.leftPlacing() }
        await play(played)
        for attempt in placing where !unsentIDs.contains(attempt.callID) { state.letGo(attempt.callID) }
        return kept ? unsent : []
    }

    private func note(_ placement: Placement, isSimulated: Bool) {
        let now = monotonicNanoseconds()
        switch placement {
        case .placed:
            if !isSimulated { state.breaker { $0.noteSuccess() } }
            state.count { $0.placed += 1 }
        case .refused(_, _, let isFailing):
            state.breaker { isFailing ? $0.noteFailure(at: now) : $0.noteSuccess() }
            state.count { $0.refused += 1 }
        case .unsent(let cause):
            state.breaker { $0.noteFailure(at: now) }
            logger.debug("the carrier cannot be reached", metadata: ["cause": "\(cause)"])
        case .unknown(let cause):
            state.breaker { $0.noteFailure(at: now) }
            state.count { $0.unknown += 1 }
            logger.warning("whether a call was placed is unknown", metadata: ["cause": "\(cause)"])
        }
    }

    /// Keeps what became of the placing, however long that takes while the process runs. What is never kept becomes
    /// unknown with the end of its lease.
    /// - Returns: whether it is kept.
    private func keep(
        _ notes: [(attempt: Attempt, phase: AttemptPhase)], _ ends: [AttemptEnd], _ unsent: [Attempt]
    ) async -> Bool {
        var pauseMS = 50
        while true {
            do {
                try await attempts.note(notes)
                try await attempts.takeBack(unsent, terms: terms)
                state.noteSettled(try await attempts.settle(ends))
                if !ends.isEmpty { state.upkeepWake.signal() }
                return true
            } catch {
                logger.warning("placed calls cannot be noted", metadata: ["cause": "\(error)"])
            }
            guard await state.stop.sleep(milliseconds: pauseMS) else { return false }
            pauseMS = min(pauseMS * 2, 2000)
        }
    }

    private func play(_ placed: [Attempt]) async {
        await withDiscardingTaskGroup { group in
            for attempt in placed {
                group.addTask {
                    await simulated.play(attempt)
                    state.letGo(attempt.callID)
                }
            }
        }
    }

    /// - Returns: those whose call is recorded; the others are ended, or left to whoever takes them over.
    private func recorded(_ batch: [Attempt]) async -> [Attempt] {
        let results = await withTaskGroup(of: (Attempt, CallRecords.Heard).self) { group in
            for attempt in batch { group.addTask { (attempt, await records.record(attempt)) } }
            return await group.reduce(into: [(Attempt, CallRecords.Heard)]()) { $0.append($1) }
        }
        var recorded: [Attempt] = []
        var ends: [AttemptEnd] = []
        for (attempt, heard) in results {
            switch heard {
            case .yes: recorded.append(attempt)
            case .refused(let fault):
                ends.append(AttemptEnd(of: attempt, .agentError, code: fault.code, detail: fault.message))
                leave(attempt)
            case .gone, .stopped: leave(attempt)
            }
        }
        if !ends.isEmpty { _ = await keep([], ends, []) }
        return recorded.sorted { $0.callID.description < $1.callID.description }
    }

    /// Their campaign makes no calls any more: their numbers are as they were before.
    private func withdraw(_ stopped: [Attempt]) async {
        guard !stopped.isEmpty else { return }
        let ends = stopped.map {
            AttemptEnd(of: $0, .cancelled, detail: "The campaign stopped before it was placed.", isWithdrawn: true)
        }
        _ = await keep([], ends, [])
    }

    private func leave(_ attempt: Attempt) {
        state.leftPlacing()
        state.letGo(attempt.callID)
    }
}
