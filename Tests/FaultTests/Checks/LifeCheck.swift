import Bus
import Contracts
import Foundation
import Postgres
import TestSupport

/// Each recorded call is there once, as it was last answered; its events tell its life without a gap.
struct LifeCheck {
    let ledger: Ledger
    let tenant: Tenant
    let stack: Stack

    private struct Stored {
        let id: String
        let mark: String
        let status: String
        let summary: String
        let version: Int
        let isDeleted: Bool
    }

    func run(_ findings: inout Findings) async throws {
        let stored = try await rows()
        let byID = Dictionary(stored.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let byMark = Dictionary(grouping: stored, by: \.mark)
        let changes = Dictionary(
            grouping: ledger.of(.changeCall, .deleteCall), by: { String($0.path.split(separator: "/").last ?? "") })
        for record in ledger.of(.recordCall) {
            let count = byMark[record.name]?.count ?? 0
            if count > 1 { findings.add(.storedTwice, "call \(record.name) is stored \(count) times") }
            guard let id = record.answer?["id"].string else { continue }
            findings.checked()
            guard let row = byID[id] else {
                findings.add(.answeredMissing, "call \(id) (\(record.name)) was answered")
                continue
            }
            check(row, after: changes[id] ?? [], &findings)
        }
        try await checkEvents(byID, &findings)
    }

    /// The changes of one call follow one another, as one writer asked for them. What was never answered may have
    /// happened, but not after what came later.
    private func check(_ row: Stored, after changes: [Ledger.Operation], _ findings: inout Findings) {
        var possible: Set = ["initiated "]
        var (mayBeThere, mayBeDeleted) = (true, false)
        for change in changes {
            if change.isAnswered { findings.checked() }
            let state = "\(change.body["status"].string ?? "") \(change.body["summary"].string ?? "")"
            switch (change.kind, change.verdict) {
            case (.changeCall, .answered): possible = [state]
            case (.changeCall, .unanswered): possible.insert(state)
            case (.deleteCall, .answered), (.deleteCall, .refused): (mayBeThere, mayBeDeleted) = (false, true)
            case (.deleteCall, .unanswered): mayBeDeleted = true
            default: findings.add(.wrongAnswer, "\(change.kind.rawValue) \(change.name) got \(change.verdict)")
            }
        }
        findings.require(
            row.isDeleted ? mayBeDeleted : mayBeThere, .wrongContent,
            "call \(row.id) is \(row.isDeleted ? "no longer" : "still") there")
        guard !row.isDeleted else { return }
        let state = "\(row.status) \(row.summary)"
        findings.require(possible.contains(state), .wrongContent, "call \(row.id) is \(state), not \(possible)")
    }

    /// Versions from 1 to the row's, each going on from the one before; the last of a deleted call has nothing after it.
    private func checkEvents(_ rows: [String: Stored], _ findings: inout Findings) async throws {
        let events = try await stack.query(
            """
            SELECT payload FROM calls.events
            WHERE workspace_id = \(UUID(uuidString: tenant.workspaceID)) AND kind = \(CallChanged.kind) ORDER BY number
            """)
        var last: [String: CallChanged] = [:]
        for event in events {
            let change = try CallChanged.decoded(from: try event.decode([UInt8].self, at: 0))
            let before = last[change.id.description]
            findings.require(
                change.version == (before?.version ?? 0) + 1 && change.before == before?.after, .eventsBroken,
                "event \(change.version) of call \(change.id) does not follow \(before?.version ?? 0)")
            last[change.id.description] = change
        }
        for (id, row) in rows {
            let end = last[id]
            findings.require(
                end?.version == row.version && (end?.after == nil) == row.isDeleted
                    && (row.isDeleted || end?.after?.status.rawValue == row.status),
                .eventsBroken, "the events of call \(id) end at \(end?.version ?? 0), its row at \(row.version)")
        }
        findings.require(last.count == rows.count, .eventsBroken, "\(last.count) calls have events, \(rows.count) rows")
    }

    private func rows() async throws -> [Stored] {
        let rows = try await stack.query(
            """
            SELECT call.id, other_name, status, coalesce(detail.summary, ''), version, deleted_at IS NOT NULL
            FROM calls.calls AS call LEFT JOIN calls.call_details AS detail USING (workspace_id, id)
            WHERE workspace_id = \(UUID(uuidString: tenant.workspaceID))
            """)
        return try rows.map { row in
            let (id, mark, status, summary, version, isDeleted) = try row.decode(
                (UUID, String, String, String, Int, Bool).self)
            // A deleted call keeps no name.
            return Stored(
                id: id.uuidString.lowercased(), mark: isDeleted ? id.uuidString : mark, status: status,
                summary: summary, version: version, isDeleted: isDeleted)
        }
    }
}
