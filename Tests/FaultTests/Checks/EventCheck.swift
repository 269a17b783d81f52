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

    /// Each row has its events, of versions from 1 to its own, each going on from the one before: a call that was logged is
    /// changed when it is made out what was said, which may go on while this looks.
    private func checkCallEvents(_ findings: inout Findings) async throws {
        let ids = tenants.compactMap { UUID(uuidString: $0.workspaceID) }
        let earlier = try await versions(of: ids)
        let events = try await stack.query(
            """
            SELECT payload FROM calls.events
            WHERE workspace_id = ANY (\(ids)) AND kind = \(CallChanged.kind) ORDER BY partition, number
            """)
        let later = try await versions(of: ids)
        let byID = Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var last: [String: CallChanged] = [:]
        for event in events {
            let change = try CallChanged.decoded(from: try event.decode([UInt8].self, at: 0))
            let id = change.id.description
            findings.require(
                change.version == (last[id]?.version ?? 0) + 1 && change.before == last[id]?.after
                    && change.after?.durationMS == byID[id]?.measures.durationMS,
                .eventsBroken, "event \(change.version) of call \(id) does not follow \(last[id]?.version ?? 0)")
            last[id] = change
        }
        let foreign = Set(last.keys).subtracting(byID.keys)
        findings.require(foreign.isEmpty, .eventsBroken, "events without a call: \(foreign.prefix(3))")
        let wrong = byID.keys.filter { id in
            let version = last[id]?.version ?? 0
            return version < earlier[id] ?? 1 || version > later[id] ?? 0
        }
        findings.require(
            wrong.isEmpty, .eventsBroken, "calls whose events end at other versions than they: \(wrong.prefix(3))")
    }

    private func versions(of workspaceIDs: [UUID]) async throws -> [String: Int] {
        let rows = try await stack.query(
            "SELECT id, version FROM calls.calls WHERE workspace_id = ANY (\(workspaceIDs))")
        return try rows.reduce(into: [:]) { versions, row in
            let (id, version) = try row.decode((UUID, Int).self)
            versions[id.uuidString.lowercased()] = version
        }
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
