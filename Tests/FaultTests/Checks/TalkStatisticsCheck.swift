import Foundation
import Postgres
import TestSupport

/// Conversations, those that have ended, ratings and their sum: in the statistics, in the rows, and as they were answered.
struct TalkStatisticsCheck {
    let ledger: Ledger
    let talks: [StoredTalk]
    let tenants: [Tenant]
    let stack: Stack
    let patience: Duration

    private struct Sums: Equatable, CustomStringConvertible {
        var chats = 0
        var ended = 0
        var ratings = 0
        var ratingSum = 0

        var description: String { "\(chats) chats, \(ended) ended, \(ratings) ratings of together \(ratingSum)" }
    }

    func run(_ findings: inout Findings) async throws {
        for tenant in tenants {
            let rows = talks.filter { $0.workspaceID == tenant.workspaceID && !$0.status.isEmpty }
            checkModel(tenant, rows, &findings)
            let sums = Sums(
                chats: rows.count, ended: rows.count(where: \.isEnded), ratings: rows.count { $0.rating != nil },
                ratingSum: rows.reduce(0) { $0 + ($1.rating ?? 0) })
            try await check(tenant, sums, &findings)
        }
    }

    /// Every conversation that was answered is a row, and every other row came from messages that nobody answered.
    private func checkModel(_ tenant: Tenant, _ rows: [StoredTalk], _ findings: inout Findings) {
        let messages = ledger.of(.message).filter { $0.tenant == tenant.number }
        let answered = Set(messages.compactMap { $0.answer?["conversation_id"].string })
        let lost = Set(messages.filter { !$0.isAnswered }.compactMap { $0.body["message"].string })
        let ids = Set(rows.map(\.id))
        findings.require(
            answered.isSubset(of: ids), .statisticsDiffer,
            "workspace \(tenant.number): \(answered.subtracting(ids).count) conversations were answered and have no call"
        )
        for row in rows where !answered.contains(row.id) {
            let isOfLost = row.turns.allSatisfy { $0.isAnswer || lost.contains($0.text) }
            findings.require(isOfLost, .unknownRow, "conversation \(row.id) was never answered")
        }
    }

    private func check(_ tenant: Tenant, _ sums: Sums, _ findings: inout Findings) async throws {
        let deadline = ContinuousClock.now + patience
        var differences: [String] = []
        repeat {
            differences = try await self.differences(tenant, sums)
            if differences.isEmpty { return findings.checked() }
            try await Task.sleep(for: .milliseconds(100))
        } while ContinuousClock.now < deadline
        findings.add(
            .statisticsDiffer,
            "workspace \(tenant.number) after \(patience), the rows have \(sums): "
                + differences.joined(separator: "; "))
    }

    private func differences(_ tenant: Tenant, _ sums: Sums) async throws -> [String] {
        var found: [String] = []
        for table in ["measures", "hours"] {
            let kept = try await kept(in: table, of: tenant)
            if kept != sums { found.append("\(table) has \(kept)") }
        }
        let overview = try await tenant.person.get("/analytics/overview?time_range=7d").json
        if overview["total_interactions"].int != sums.chats { found.append("shown is \(overview)") }
        let mean = sums.ratings == 0 ? nil : Double(sums.ratingSum) / Double(sums.ratings)
        if let mean, abs((overview["customer_satisfaction"].double ?? 0) - mean) > 0.050_000_1 {
            found.append("the satisfaction shown is \(overview["customer_satisfaction"]), not \(mean)")
        }
        let points = try await tenant.person.get("/analytics/metrics?time_range=7d").json["data"].array ?? []
        let chats = points.reduce(0) { $0 + ($1["chats"].int ?? 0) }
        if chats != sums.chats { found.append("the days show \(chats) chats") }
        return found
    }

    /// Of the whole workspace, by its days or hours.
    private func kept(in table: String, of tenant: Tenant) async throws -> Sums {
        let time = table == "hours" ? "" : "AND day > '0001-01-01'"
        let (chats, ended, ratings, ratingSum) = try await stack.query(
            """
            SELECT coalesce(sum(chats), 0)::bigint, coalesce(sum(ended_chats), 0)::bigint,
                coalesce(sum(ratings), 0)::bigint, coalesce(sum(rating_sum), 0)::bigint
            FROM analytics.\(unsafe: table)
            WHERE workspace_id = \(UUID(uuidString: tenant.workspaceID)) AND subject_kind = 0 \(unsafe: time)
            """)[0].decode((Int, Int, Int, Int).self)
        return Sums(chats: chats, ended: ended, ratings: ratings, ratingSum: ratingSum)
    }
}
