import Testing

/// A bug that is planted on purpose, the fault that must bring it to light, and how the checks must name it.
struct PlantedCase: Sendable, CustomTestStringConvertible {
    let bug: String
    /// The service that has it.
    let service: String
    private let cell: FaultCell
    let mix: Traffic.Mix
    /// At least one of these kinds of violation must be found.
    let signs: Set<Violation.Kind>

    var testDescription: String { bug }

    /// Those that `FAULT_CELLS` lets through.
    static let chosen = all.filter { FaultMatrix.filter.isEmpty || $0.bug.contains(FaultMatrix.filter) }

    private static let all = [
        PlantedCase(
            bug: "answer-before-commit", service: "calls", at: .failpoint("calls.before-begin"),
            signs: [.answeredMissing]),
        PlantedCase(
            bug: "position-first", service: "analytics", at: .failpoint("analytics.rollup-written"),
            signs: [.statisticsDiffer]),
        PlantedCase(bug: "hints-as-truth", service: "analytics", at: .anytime, signs: [.statisticsDiffer]),
        PlantedCase(
            bug: "position-second-transaction", service: "analytics", at: .failpoint("analytics.committed"),
            signs: [.statisticsDiffer]),
        PlantedCase(
            bug: "commit-unknown-stored-again", service: "calls", victim: "postgres", .cutCommits, at: .anytime,
            signs: [.storedTwice]),
        PlantedCase(
            bug: "message-stored-again", service: "calls", victim: "postgres", .cutCommits, at: .anytime,
            mix: .talkAlone, signs: [.storedTwice]),
        PlantedCase(
            bug: "feed-head-apart", service: "analytics", at: .failpoint("analytics.feed-apart"), mix: .talkAlone,
            signs: [.feedBroken]),
        PlantedCase(
            bug: "feed-position-apart", service: "analytics", at: .failpoint("analytics.feed-apart"), mix: .talkAlone,
            signs: [.feedBroken]),
    ]

    private init(
        bug: String, service: String, victim: String? = nil, _ action: FaultCell.Action = .kill,
        at place: FaultCell.Place, mix: Traffic.Mix = .callsAlone, signs: Set<Violation.Kind>
    ) {
        self.bug = bug
        self.service = service
        self.signs = signs
        self.mix = mix
        cell = FaultCell(victim: victim ?? service, action: action, place: place, seed: FaultMatrix.seed)
    }

    /// - Parameter attempt: from 1; each draws other numbers.
    func cell(attempt: Int) -> FaultCell {
        FaultCell(
            victim: cell.victim, action: cell.action, place: cell.place, seed: cell.seed &+ UInt64(attempt) &* 104_729)
    }
}
