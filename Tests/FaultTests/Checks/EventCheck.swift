import Bus
import Contracts
import Foundation
import Postgres
import TestSupport

/// Numbers of events have no gap and no duplicate, each call has its event, and who follows a log has read all of it.
struct EventCheck {
    let stack: Stack
    let tenants: [Tenant]
    let rows: [StoredCall]
    let patience: Duration

    func run(_ findings: inout Findings) async throws {
        for owner in ["auth", "agents", "calls"] { try await checkNumbers(of: owner, &findings) }
        try await checkCallEvents(&findings)
        for (consumer, owner, name) in [
            ("analytics", "calls", "calls"), ("analytics", "agents", "agents"), ("analytics", "calls", "calls-feed"),
            ("analytics", "agents", "agents-feed"), ("calls", "agents", "agents"), ("calls", "auth", "auth"),
            ("calls", "calls", "calls"), ("agents", "calls", "calls"),
        ] {
            try await checkPosition(of: consumer, in: owner, as: name, &findings)
        }
        try await checkCopies(&findings)
    }

    private func checkNumbers(of owner: String, _ findings: inout Findings) async throws {
        let partitions = try await stack.query(
            """
            SELECT head.partition::bigint, head.number, count(events.number), coalesce(min(events.number), 1),
                coalesce(max(events.number), 0), count(DISTINCT events.number)
            FROM \(unsafe: owner).event_head AS head LEFT JOIN \(unsafe: owner).events USING (partition)
            GROUP BY head.partition, head.number ORDER BY 1
            """)
        for row in partitions {
            let (partition, head, count, first, last, distinct) = try row.decode((Int, Int, Int, Int, Int, Int).self)
            findings.require(
                count == head && distinct == head && last == head && first == 1, .eventsBroken,
                "\(owner) partition \(partition): head \(head), \(count) events from \(first) to \(last)")
        }
    }

    /// One event for each row, of version 1, with what the row has.
    private func checkCallEvents(_ findings: inout Findings) async throws {
        let ids = tenants.compactMap { UUID(uuidString: $0.workspaceID) }
        let events = try await stack.query(
            """
            SELECT payload FROM calls.events
            WHERE workspace_id = ANY (\(ids)) AND kind = \(CallChanged.kind)
            """)
        var byID = Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for event in events {
            let change = try CallChanged.decoded(from: try event.decode([UInt8].self, at: 0))
            let row = byID.removeValue(forKey: change.id.description)
            findings.require(
                row != nil && change.version == 1 && change.before == nil
                    && change.after?.durationMS == row?.measures.durationMS,
                .eventsBroken, "an event of call \(change.id) has no row of its own")
        }
        findings.require(byID.isEmpty, .eventsBroken, "calls without an event: \(byID.keys.prefix(3))")
    }

    /// - Parameter name: what the consumer keeps the position under.
    private func checkPosition(
        of consumer: String, in owner: String, as name: String, _ findings: inout Findings
    ) async throws {
        let lag = try await eventually {
            try await stack.query(
                """
                SELECT coalesce(sum(head.number - coalesce(position.number, 0)), 0)::bigint
                FROM \(unsafe: owner).event_head AS head
                LEFT JOIN \(unsafe: consumer).event_positions AS position
                    ON position.partition = head.partition AND position.owner = \(name)
                """)[0].decode(Int.self, at: 0)
        }
        findings.require(lag == 0, .copiesDiffer, "\(consumer) is \(lag) events of \(name) behind")
    }

    /// What calls keeps of clients is what agents has.
    private func checkCopies(_ findings: inout Findings) async throws {
        let ids = tenants.compactMap { UUID(uuidString: $0.workspaceID) }
        let different = try await eventually {
            try await stack.query(
                """
                SELECT count(*) FROM agents.clients AS client
                LEFT JOIN calls.client_copies AS copy USING (workspace_id, id)
                WHERE client.workspace_id = ANY (\(ids)) AND (
                    copy.version IS DISTINCT FROM client.version OR copy.name IS DISTINCT FROM client.name
                    OR copy.phone_number IS DISTINCT FROM client.phone_number
                    OR copy.is_active IS DISTINCT FROM client.is_active)
                """)[0].decode(Int.self, at: 0)
        }
        findings.require(different == 0, .copiesDiffer, "calls has \(different) clients otherwise than agents")
    }

    /// Asks again until the answer is zero or patience ends.
    private func eventually(_ count: () async throws -> Int) async throws -> Int {
        let deadline = ContinuousClock.now + patience
        while true {
            let left = try await count()
            if left == 0 || ContinuousClock.now > deadline { return left }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
