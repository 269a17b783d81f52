import Bus

/// Decides which questions are worked on now, which wait and which are refused. Bounded in number and in time.
///
/// Ingestion goes before reads before statistics: in the order of the queues, and because the lower ones may not take
/// every place.
struct Admission<Work> {
    enum Decision: Equatable {
        case start
        case wait
        case refuse
    }

    private struct Waiting {
        let work: Work
        let refusedAt: Deadline
    }

    private let places: [Int]
    private let queueLength: Int
    private let queueWaitMS: Int
    private var queues: [Fifo<Waiting>]
    private(set) var running = 0

    init(limits: BusLimits) {
        let all = limits.servedInFlight
        places = AdmissionPriority.allCases.map { priority in
            switch priority {
            case .ingest: max(1, all)
            case .read: max(1, all - all / 8)
            case .statistics: max(1, all / 2)
            }
        }
        queueLength = limits.queueLength
        queueWaitMS = limits.queueWaitMS
        queues = AdmissionPriority.allCases.map { _ in Fifo() }
    }

    var queued: [Int] { queues.map(\.count) }
    var isIdle: Bool { running == 0 && queues.allSatisfy(\.isEmpty) }

    /// With `.start` the work counts as running; with `.wait` it is kept here.
    mutating func admit(_ work: Work, _ priority: AdmissionPriority) -> Decision {
        let index = Int(priority.rawValue)
        if running < places[index], queues[...index].allSatisfy(\.isEmpty) {
            running += 1
            return .start
        }
        guard queues[index].count < queueLength else { return .refuse }
        queues[index].append(Waiting(work: work, refusedAt: .after(milliseconds: queueWaitMS)))
        return .wait
    }

    mutating func finished() { running -= 1 }

    /// What is next in turn, if there is a place for it; it then counts as running.
    mutating func next() -> Work? {
        for index in queues.indices where running < places[index] {
            if let waiting = queues[index].popFirst() {
                running += 1
                return waiting.work
            }
        }
        return nil
    }

    /// What has waited too long by now.
    mutating func overdue() -> [Work] {
        guard queues.contains(where: { !$0.isEmpty }) else { return [] }
        let now = Deadline.after(milliseconds: 0)
        var overdue: [Work] = []
        for index in queues.indices {
            while let first = queues[index].first, first.refusedAt <= now {
                _ = queues[index].popFirst()
                overdue.append(first.work)
            }
        }
        return overdue
    }

    /// When `overdue` will have something.
    var nextOverdue: Deadline? { queues.compactMap { $0.first?.refusedAt }.min() }
}
