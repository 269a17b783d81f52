import Contracts

/// Plays the calls that the simulated carrier has taken, from their ring to their end.
struct SimulatedCalls: Sendable {
    let seed: UInt64
    let records: CallRecords

    /// Plays a call to its end; from its beginning also when another process had played a part of it, since what a call
    /// has passed already changes nothing.
    func play(_ attempt: Attempt) async {
        let outcome = SimulatedOutcome(seed: seed, callID: attempt.callID)
        var passedMS = 0
        for step in outcome.steps {
            guard (try? await Task.sleep(for: .milliseconds(step.afterMS - passedMS))) != nil else { return }
            passedMS = step.afterMS
            switch await records.change(attempt.callID, step.fields, in: attempt.workspaceID) {
            case .yes, .refused: continue
            case .gone, .stopped: return
            }
        }
    }
}

extension SimulatedOutcome {
    /// What is said of the call, and when after its placing.
    var steps: [(afterMS: Int, fields: CallFields)] {
        var steps: [(afterMS: Int, fields: CallFields)] = []
        func add(_ status: CallStatus, after milliseconds: Int) {
            var fields = CallFields()
            fields.status = status
            steps.append((milliseconds, fields))
        }
        if category != .invalidNumber, category != .carrierError { add(.ringing, after: ringsAfterMS) }
        if let answersAfterMS { add(.connected, after: answersAfterMS) }
        steps.append((endsAfterMS, end))
        return steps
    }
}
