import TestSupport

/// A history read back: each operation with its attempts and what is certain of it.
struct Ledger {
    struct Attempt {
        let sentAt: Int64
        let endedAt: Int64
        /// Nil when no answer came.
        let status: Int?
    }

    /// What the asker may rely on.
    enum Verdict {
        /// 2xx: it has happened.
        case answered(JSON, isReplayed: Bool)
        /// 4xx other than 409 and 429: it has not.
        case refused(status: Int, JSON)
        /// Nobody said.
        case unanswered
    }

    struct Operation {
        let name: String
        let kind: OperationKind
        let tenant: Int
        let method: String
        let path: String
        let key: String?
        let body: JSON
        /// The session that a logout ends.
        let token: String?
        var attempts: [Attempt] = []
        var verdict = Verdict.unanswered

        var isAnswered: Bool { if case .answered = verdict { true } else { false } }
        /// Nil unless it was answered.
        var answer: JSON? { if case .answered(let answer, _) = verdict { answer } else { nil } }
        var refusal: Int? { if case .refused(let status, _) = verdict { status } else { nil } }
        /// An earlier attempt may have happened although the last one was refused.
        var wasLostOnce: Bool { attempts.contains { $0.status.map { $0 >= 500 || $0 == 409 } ?? true } }
    }

    /// In the order in which they were first asked.
    private(set) var operations: [Operation] = []
    /// Every status that was ever answered, with how often.
    private(set) var statuses: [Int: Int] = [:]

    init(_ lines: [HistoryLine]) {
        var places: [String: Int] = [:]
        for line in lines {
            if let place = places[line.operation] {
                note(line, at: place)
            } else if line.event == .asked {
                places[line.operation] = operations.count
                operations.append(
                    Operation(
                        name: line.operation, kind: line.kind ?? .call, tenant: line.tenant ?? 0,
                        method: line.method ?? "", path: line.path ?? "", key: line.key, body: line.body ?? .null,
                        token: line.token))
            }
        }
    }

    private mutating func note(_ line: HistoryLine, at place: Int) {
        guard line.event != .asked else { return }
        operations[place].attempts.append(
            Attempt(sentAt: line.sentAt ?? line.at, endedAt: line.at, status: line.status))
        guard let status = line.status else { return }
        statuses[status, default: 0] += 1
        let answer = line.answer ?? .null
        switch status {
        case 200..<300: operations[place].verdict = .answered(answer, isReplayed: line.isReplayed ?? false)
        case 409, 429: break
        case 400..<500: operations[place].verdict = .refused(status: status, answer)
        default: break
        }
    }

    func of(_ kinds: OperationKind...) -> [Operation] { operations.filter { kinds.contains($0.kind) } }

    /// Requests that were sent and had no answer yet at this moment.
    func inFlight(at moment: Int64) -> Int {
        operations.reduce(0) { sum, operation in
            sum + operation.attempts.count { $0.sentAt <= moment && moment < $0.endedAt }
        }
    }

    /// How long after a moment the first request of these kinds that was sent after it succeeded; nil: none did.
    func firstSuccess(of kinds: Set<OperationKind>, after moment: Int64) -> Duration? {
        operations.lazy.filter { kinds.contains($0.kind) && $0.isAnswered }
            .compactMap { $0.attempts.last { $0.status.map { 200..<300 ~= $0 } ?? false } }
            .filter { $0.sentAt >= moment }.map(\.endedAt).min().map { .nanoseconds($0 - moment) }
    }

    var answeredCount: Int { operations.count { $0.isAnswered } }
}
