import Foundation
import TestSupport

/// The statistics that HTTP shows, a recompute of the rows by SQL, and the test's own model are one.
struct StatisticsCheck {
    let claims: [String: CallClaim]
    let rows: [StoredCall]
    let tenants: [Tenant]
    let stack: Stack
    /// How long the statistics may take to arrive; a minute after a fault.
    let patience: Duration

    /// - Returns: how long they took.
    func run(_ findings: inout Findings) async throws -> Duration {
        let began = ContinuousClock.now
        for tenant in tenants {
            let rows = rows.filter { $0.workspaceID == tenant.workspaceID }
            let model = WorkspaceTotals(claims: claims.values.filter { $0.tenant == tenant.number }, rows: rows)
            let recompute = WorkspaceTotals(rows: rows)
            findings.require(
                model == recompute, .statisticsDiffer,
                "workspace \(tenant.number): the model has \(model.all), the rows \(recompute.all)")
            try await check(tenant, model, until: began + patience, &findings)
        }
        return .now - began
    }

    private func check(
        _ tenant: Tenant, _ model: WorkspaceTotals, until deadline: ContinuousClock.Instant, _ findings: inout Findings
    ) async throws {
        var differences: [String] = []
        repeat {
            differences = try await self.differences(tenant, model)
            if differences.isEmpty { return findings.checked() }
            try await Task.sleep(for: .milliseconds(100))
        } while ContinuousClock.now < deadline
        findings.add(
            .statisticsDiffer, "workspace \(tenant.number) after \(patience): " + differences.joined(separator: "; "))
    }

    private func differences(_ tenant: Tenant, _ model: WorkspaceTotals) async throws -> [String] {
        var found = Differences()
        let dashboard = try await read("/api/analytics/dashboard", tenant, &found)
        found.compare("total_calls", dashboard["total_calls"].int, model.all.calls)
        found.compare("total_duration", dashboard["total_duration"].milliseconds, model.all.durationMS)
        found.compare("avg_sentiment", dashboard["avg_sentiment"].string, model.all.prevailingSentiment)
        found.require(model.all.hasSuccessRate(dashboard["success_rate"].double), "success_rate")
        found.compare("total_clients", dashboard["total_clients"].int, try await activeClients(tenant))

        let sentiment = try await read("/api/analytics/sentiment", tenant, &found)
        for name in ["positive", "neutral", "negative"] {
            found.compare(name, sentiment[name.uppercased()].int, model.all.sentiment(name))
        }
        let days = try await read("/api/analytics/calls-per-day?days=60", tenant, &found)["data"].array ?? []
        found.compare("days", days.count, 60)
        for day in days {
            let date = day["date"].string ?? ""
            found.compare("calls on \(date)", day["calls"].int, model.byDay[date] ?? 0)
        }
        for clientID in tenant.clientIDs {
            let totals = model.byClient[clientID] ?? Totals()
            let stats = try await read("/api/analytics/client/\(clientID)/stats", tenant, &found)
            compare(stats, totals, &found)
        }
        return found.texts
    }

    private func compare(_ stats: JSON, _ totals: Totals, _ found: inout Differences) {
        let client = stats["client_name"].string ?? "client"
        found.compare("calls of \(client)", stats["total_calls"].int, totals.calls)
        found.compare("duration of \(client)", stats["total_duration"].milliseconds, totals.durationMS)
        found.require(totals.hasSuccessRate(stats["success_rate"].double), "success_rate of \(client)")
        for (place, component) in Totals.components.enumerated() {
            let mean = stats["avg_\(component)_latency_ms"].double
            found.require(totals.hasMeanLatency(mean, of: place), "\(component) latency of \(client)")
            let points = ["p50", "p95", "p99"].map { stats["\($0)_\(component)_latency_ms"].double ?? -1 }
            found.require(points == points.sorted() && points[0] >= 0, "\(component) percentiles of \(client)")
        }
    }

    private func read(_ path: String, _ tenant: Tenant, _ found: inout Differences) async throws -> JSON {
        let answer = try await tenant.person.get(path)
        found.require(answer.status == 200, "\(path) answers \(answer.status)")
        return answer.json
    }

    private func activeClients(_ tenant: Tenant) async throws -> Int {
        try await stack.query(
            "SELECT count(*) FROM agents.clients WHERE workspace_id = \(UUID(uuidString: tenant.workspaceID)) AND is_active"
        )[0].decode(at: 0)
    }
}

/// Texts about what is not as expected.
private struct Differences {
    private(set) var texts: [String] = []

    mutating func compare<Value: Equatable>(_ name: String, _ shown: Value?, _ expected: Value) {
        if shown != expected { texts.append("\(name) is \(shown.map { "\($0)" } ?? "missing"), not \(expected)") }
    }

    mutating func require(_ condition: Bool, _ name: String) {
        if !condition { texts.append("\(name) is wrong") }
    }
}

extension JSON {
    /// Of a number of seconds.
    fileprivate var milliseconds: Int? { double.map { Int(($0 * 1000).rounded()) } }
}
