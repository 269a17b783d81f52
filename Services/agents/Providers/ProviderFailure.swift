/// Why a provider gave no answer.
enum ProviderFailure: Error, Equatable, CustomStringConvertible {
    /// More is asked of it than it may be asked at a time.
    case busy
    /// It fails all the time, and is not asked for a while.
    case resting
    /// Too little time is left to ask it, or it took too long.
    case tooSlow
    /// It answered with a status that is none of success.
    case refused(status: Int, detail: String)
    /// There was no connection, or it broke.
    case broken(String)
    /// What came is no answer.
    case malformed(String)
    /// It had nothing to say to this question, which says nothing of others.
    case empty
    /// Whoever asked went away.
    case cancelled

    var description: String {
        switch self {
        case .busy: "busy"
        case .resting: "not asked, since it keeps failing"
        case .tooSlow: "too slow"
        case .refused(let status, let detail): "refused with \(status): \(detail)"
        case .broken(let cause): "no connection: \(cause)"
        case .malformed(let cause): "no answer: \(cause)"
        case .empty: "an empty answer"
        case .cancelled: "cancelled"
        }
    }

    /// One word for metrics.
    var label: String {
        switch self {
        case .busy: "busy"
        case .resting: "resting"
        case .tooSlow: "too_slow"
        case .refused: "refused"
        case .broken: "broken"
        case .malformed: "malformed"
        case .empty: "empty"
        case .cancelled: "cancelled"
        }
    }

    /// Whether asking the same again may go well.
    var isPassing: Bool {
        switch self {
        case .broken: true
        case .refused(let status, _): status == 408 || status == 429 || status >= 500
        case .busy, .resting, .tooSlow, .malformed, .empty, .cancelled: false
        }
    }

    /// Whether the server may well fail every question: what it says of one question only is no sign of that.
    var isServerFailing: Bool {
        switch self {
        case .broken, .tooSlow, .malformed: true
        case .refused(let status, _): status < 400 || status >= 500 || [401, 403, 404, 405, 408, 429].contains(status)
        case .busy, .resting, .empty, .cancelled: false
        }
    }
}
