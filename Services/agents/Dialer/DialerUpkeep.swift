import Bus
import Contracts
import Logging
import ServiceLifecycle

/// Looks after attempts that nobody brings to their end: those of processes that are gone, those whose call never ended,
/// and ends that the record of the call has not heard of.
struct DialerUpkeep: Service {
    private static let intervalMS = 1000
    private static let mostTakenOver = 256

    let attempts: any AttemptRepository
    let records: CallRecords
    let terms: DialingTerms
    let state: DialerState
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Leases are prolonged as long as the dialer finishes what it has begun.
            while !Task.isCancelled {
                await attempt("leases cannot be prolonged") {
                    try await attempts.renew(state.calls, terms: terms)
                }
                await attempt("attempts cannot be taken over") {
                    if !state.stop.isUp { try await takeOver() }
                }
                await attempt("overdue calls cannot be ended") { try await endOverdue() }
                await attempt("calls cannot be told of their ends") { try await tell() }
                await state.upkeepWake.wait(atMostMS: Self.intervalMS)
            }
        }
    }

    private func attempt(_ failure: Logger.Message, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            if !Task.isCancelled { logger.warning(failure, metadata: ["cause": "\(error)"]) }
        }
    }

    func takeOver() async throws {
        let taken = try await attempts.takeOver(limit: Self.mostTakenOver, terms: terms)
        let goesOn = taken.filter { $0.phase != .unknown }
        if !taken.isEmpty {
            logger.info(
                "attempts taken over",
                metadata: ["count": "\(goesOn.count)", "unknown": "\(taken.count - goesOn.count)"])
        }
        state.count { $0.unknown += taken.count - goesOn.count }
        state.handOver(goesOn)
    }

    func endOverdue() async throws {
        let ends = try await attempts.overdue().map { attempt in
            attempt.phase == .recorded
                ? AttemptEnd(of: attempt, .cancelled, detail: "It could not be placed in time.", isWithdrawn: true)
                : AttemptEnd(of: attempt, .agentError, detail: "Nobody said in time how the call ended.")
        }
        state.noteSettled(try await attempts.settle(ends))
    }

    func tell() async throws {
        let ends = try await attempts.untold()
        guard !ends.isEmpty else { return }
        let heard = await withTaskGroup(of: AttemptEnd?.self) { group in
            for end in ends {
                group.addTask {
                    var fields = CallFields()
                    fields.status = .failed
                    fields.endCategory = end.category
                    fields.endCode = end.code
                    fields.errorMessage = end.detail
                    let heard = await records.change(end.callID, fields, in: end.workspaceID)
                    return heard == .stopped ? nil : end
                }
            }
            return await group.reduce(into: [AttemptEnd]()) { if let end = $1 { $0.append(end) } }
        }
        try await attempts.markTold(heard)
    }
}
