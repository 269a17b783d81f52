/// What the dashboard showed while the fault was going on: never more than was asked for, never less than before.
struct LiveDashboardCheck {
    let ledger: Ledger

    func run(_ findings: inout Findings) {
        let asked = Dictionary(grouping: askedMoments(), by: \.tenant).mapValues { $0.map(\.moment).sorted() }
        let shown = Dictionary(grouping: ledger.of(.dashboard).filter(\.isAnswered), by: \.tenant)
        for (tenant, views) in shown { check(views, asked[tenant] ?? [], &findings) }
    }

    private func check(_ views: [Ledger.Operation], _ asked: [Int64], _ findings: inout Findings) {
        // One reader asks, one after the other.
        var last = 0
        for view in views {
            guard let total = view.answer?["total_calls"].int, let end = view.attempts.last?.endedAt else { continue }
            findings.checked()
            findings.require(
                total >= last, .statisticsDiffer, "\(view.name) shows \(total) calls after \(last)")
            let possible = asked.count { $0 <= end }
            findings.require(
                total <= possible, .statisticsDiffer, "\(view.name) shows \(total) calls when \(possible) were asked")
            last = total
        }
    }

    /// When each call was first sent, one for each call of a batch.
    private func askedMoments() -> [(tenant: Int, moment: Int64)] {
        ledger.of(.call, .batch).flatMap { operation in
            let count = operation.body.array?.count ?? 1
            let moment = operation.attempts.first?.sentAt ?? 0
            return Array(repeating: (operation.tenant, moment), count: count)
        }
    }
}
