import Testing

/// One fault: who suffers what, and when.
struct FaultCell: Sendable {
    enum Action: Sendable, Equatable {
        /// SIGKILL.
        case kill
        /// SIGSTOP, and SIGCONT after this time.
        case pause(Duration)
        /// SIGTERM, and started again after this time.
        case leave(Duration)
        /// Every process by SIGTERM, and started again, one after the other.
        case restartInTurn
        /// PostgreSQL without a checkpoint: SIGQUIT.
        case stopImmediately
        /// `pg_terminate_backend` of every session.
        case terminateSessions
        /// Connections cut after their commit has taken effect and before its result is told.
        case cutCommits
        /// PostgreSQL gone for this time, after commits have taken effect and before their results are told.
        case endDuringCommits(Duration)
    }

    enum Place: Sendable, Equatable {
        /// At an instant drawn from the seed.
        case anytime
        /// Where the victim itself is.
        case failpoint(String)
        /// While another process is held at a failpoint.
        case whileHeld(process: String, failpoint: String)
    }

    /// A process of the stack, or `postgres`.
    let victim: String
    let action: Action
    let place: Place
    /// Everything that is drawn comes from it.
    let seed: UInt64

    /// Failpoints that only conversations, agents and what they read come to, each with the hits at which it may fire.
    private static let talkPlaces: [String: ClosedRange<Int>] = [
        "calls.conversation-opened": 3...12, "calls.message-taken": 10...40, "calls.turn-sent": 20...80,
        "calls.turn-stored": 20...80, "calls.answer-made": 10...40, "calls.ended-unclosed": 3...12,
        "calls.analysed-unstored": 2...8, "analytics.feed-written": 10...60, "analytics.feed-commit-sent": 10...60,
        "analytics.feed-committed": 10...60, "analytics.feed-apart": 10...60,
        "agents.document-taken": 3...10, "agents.document-extracted": 3...10,
        "agents.passages-written": 3...10, "agents.number-chosen": 2...6, "gateway-frames-untold": 10...60,
        "gateway-object-stored": 3...10,
    ]

    var mix: Traffic.Mix {
        if case .failpoint(let name) = place, Self.talkPlaces[name] != nil { .talkAlone } else { .everything }
    }

    /// The hit at which a failpoint fires is drawn from these, so that there is traffic before.
    var hits: ClosedRange<Int> {
        switch place {
        case .failpoint(let name) where Self.talkPlaces[name] != nil: Self.talkPlaces[name] ?? 1...1
        case .failpoint(let name) where name.hasPrefix("gateway"): 60...200
        case .failpoint(let name) where name.hasPrefix("calls"): 20...80
        case .whileHeld(_, let name) where name.hasPrefix("calls"): 20...80
        default: 4...10
        }
    }
}

extension FaultCell: CustomTestStringConvertible {
    var testDescription: String { "\(name), seed \(seed)" }

    var name: String {
        let what =
            switch action {
            case .kill: "kill -9 \(victim)"
            case .pause(let time): "SIGSTOP \(victim) for \(time)"
            case .leave(let time): "SIGTERM \(victim), back after \(time)"
            case .restartInTurn: "restart every process in turn"
            case .stopImmediately: "stop \(victim) immediately"
            case .terminateSessions: "terminate every session"
            case .cutCommits: "cut connections after their commit"
            case .endDuringCommits(let time): "end \(victim) during commits, back after \(time)"
            }
        switch place {
        case .anytime: return what
        case .failpoint(let name): return "\(what) at \(name)"
        case .whileHeld(_, let failpoint): return "\(what) during \(failpoint)"
        }
    }
}
