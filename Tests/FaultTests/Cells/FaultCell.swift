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

    /// The hit at which a failpoint fires is drawn from these, so that there is traffic before.
    var hits: ClosedRange<Int> {
        switch place {
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
