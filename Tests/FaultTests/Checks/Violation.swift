/// A broken promise, found after a run.
struct Violation: Sendable, CustomStringConvertible {
    enum Kind: String, Sendable {
        /// An answered effect is not there.
        case answeredMissing
        /// An effect is there more than once.
        case storedTwice
        /// A refused request has had an effect.
        case refusedHasEffect
        /// It is there, but not as it was asked.
        case wrongContent
        /// A row that nobody asked for.
        case unknownRow
        /// An answer that the request must not get, such as 500.
        case wrongAnswer
        /// Statistics, a recompute and the test's own model are not one.
        case statisticsDiffer
        /// Numbers of events have gaps, or events don't fit their rows.
        case eventsBroken
        /// A consumer stands still, or its copies differ from their origin.
        case copiesDiffer
        /// The live feed has a gap, shows something twice, or something else than what happened.
        case feedBroken
        /// Something of another workspace was shown.
        case foreign
        /// A credential opens what it must not, or no longer what it should.
        case accessWrong
        /// Too long until the first success, or not taken out, or not taken back.
        case slowRecovery
        /// A process that survived holds more than before.
        case leak
        /// The run proves nothing: no fault, nobody died, nothing in flight, nothing checked.
        case provesNothing

        /// Whether a busy machine can bring it about by itself. Such a cell is tried again; it fails when it never goes
        /// well. What is stored, answered or counted wrongly is wrong at once.
        var mayBeOfTheMoment: Bool { [.slowRecovery, .leak, .provesNothing].contains(self) }
    }

    let kind: Kind
    let text: String

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    var description: String { "\(kind.rawValue): \(text)" }
}

/// What checks have found.
struct Findings: Sendable {
    private(set) var violations: [Violation] = []
    /// Answers that were compared with what is stored.
    private(set) var checkedCount = 0
    private var hidden: [Violation.Kind: Int] = [:]

    mutating func checked(_ count: Int = 1) { checkedCount += count }

    /// Keeps a few of each kind, and how many there were.
    mutating func add(_ kind: Violation.Kind, _ text: @autoclosure () -> String) {
        guard violations.count(where: { $0.kind == kind }) < 5 else {
            hidden[kind, default: 0] += 1
            return
        }
        violations.append(Violation(kind, text()))
    }

    mutating func require(_ condition: Bool, _ kind: Violation.Kind, _ text: @autoclosure () -> String) {
        if !condition { add(kind, text()) }
    }

    mutating func add(_ others: Findings) {
        violations += others.violations
        checkedCount += others.checkedCount
        hidden.merge(others.hidden, uniquingKeysWith: +)
    }

    var kinds: Set<Violation.Kind> { Set(violations.map(\.kind)) }

    var description: String {
        let more = hidden.map { "… and \($0.value) more of \($0.key.rawValue)" }
        return (violations.map(\.description) + more).joined(separator: "\n")
    }
}
