import Foundation

/// Which faults are tried. `FAULT_ROUNDS` repeats with other seeds and places, `FAULT_SEED` repeats a run's choices,
/// `FAULT_CELLS` keeps the cells whose name contains it.
enum FaultMatrix {
    private static let environment = ProcessInfo.processInfo.environment

    static let seed = environment["FAULT_SEED"].flatMap { UInt64($0) } ?? .random(in: 1...999_999)
    static let rounds = max(1, environment["FAULT_ROUNDS"].flatMap { Int($0) } ?? 1)
    static let filter = environment["FAULT_CELLS"] ?? ""

    /// Where each victim can be killed. A round takes one place of each, and one instant at random.
    static let places: [(victim: String, places: [FaultCell.Place])] = [
        (
            "gateway",
            [
                .failpoint("gateway-body-received"), .failpoint("gateway-answer-unwritten"),
                .failpoint("gateway-frames-untold"), .failpoint("gateway-object-stored"),
            ]
        ),
        ("auth", places(of: "auth")), ("agents", places(of: "agents")),
        (
            "calls-2",
            [
                .failpoint("calls.committed-unanswered"), .failpoint("calls.commit-sent"),
                .failpoint("calls.change-sent"), .failpoint("calls.rows-written"),
                .failpoint("calls.changed-unanswered"), .failpoint("calls.before-begin"),
                .failpoint("calls.before-change"),
            ]
        ),
        (
            "analytics",
            [
                .failpoint("analytics.rollup-written"), .failpoint("analytics.committed"),
                .failpoint("analytics.commit-sent"),
            ]
        ),
        (
            "postgres",
            [
                .whileHeld(process: "calls", failpoint: "calls.commit-sent"),
                .whileHeld(process: "analytics", failpoint: "analytics.rollup-written"),
                .whileHeld(process: "calls", failpoint: "calls.rows-written"),
                .whileHeld(process: "auth", failpoint: "auth.before-commit"),
                .whileHeld(process: "agents", failpoint: "agents.commit-sent"),
            ]
        ),
    ]

    /// Where each victim can be killed in conversations, in what agents read and in live feeds. A round takes one of each.
    static let talkPlaces: [(victim: String, places: [FaultCell.Place])] = [
        (
            "calls-2",
            [
                .failpoint("calls.message-taken"), .failpoint("calls.turn-stored"),
                .failpoint("calls.answer-made"), .failpoint("calls.conversation-opened"),
                .failpoint("calls.ended-unclosed"), .failpoint("calls.analysed-unstored"),
                .failpoint("calls.turn-sent"),
            ]
        ),
        (
            "analytics",
            [
                .failpoint("analytics.feed-written"), .failpoint("analytics.feed-committed"),
                .failpoint("analytics.feed-commit-sent"),
            ]
        ),
        (
            "agents",
            [
                .failpoint("agents.document-taken"), .failpoint("agents.number-chosen"),
                .failpoint("agents.passages-written"), .failpoint("agents.document-extracted"),
            ]
        ),
    ]

    private static func places(of service: String) -> [FaultCell.Place] {
        ["before-commit", "committed-unanswered", "commit-sent"].map { .failpoint("\(service).\($0)") }
    }

    /// Whom a round stops by SIGSTOP.
    private static let paused = ["calls-2", "postgres", "analytics", "agents", "auth", "gateway"]

    static let cells = (0..<rounds).flatMap { round(number: $0) }.filter { filter.isEmpty || $0.name.contains(filter) }

    private static func round(number: Int) -> [FaultCell] {
        var generator = SeededGenerator(seed: seed &+ UInt64(number) &* 7919)
        let turn = Int(seed % 12) + number
        var cells: [FaultCell] = []
        func add(_ victim: String, _ action: FaultCell.Action, _ place: FaultCell.Place) {
            let seed = UInt64.random(in: 1...999_999_999, using: &generator)
            cells.append(FaultCell(victim: victim, action: action, place: place, seed: seed))
        }
        for (victim, places) in places {
            add(victim, .kill, places[turn % places.count])
            add(victim, .kill, .anytime)
        }
        for (victim, places) in talkPlaces { add(victim, .kill, places[turn % places.count]) }
        add(paused[number % paused.count], .pause(.seconds(10)), .anytime)
        add("analytics", .leave(.seconds(2)), .anytime)
        add("stack", .restartInTurn, .anytime)
        add("postgres", .terminateSessions, .anytime)
        add("postgres", .stopImmediately, .anytime)
        add("postgres", .cutCommits, .anytime)
        add("postgres", .endDuringCommits(.seconds(12)), .anytime)
        return cells
    }
}
