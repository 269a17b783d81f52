import Foundation
import Postgres
import TestSupport

/// Each client that was answered is there once, as it was last answered.
struct ClientCheck {
    let ledger: Ledger
    let tenants: [Tenant]
    let stack: Stack

    private struct Stored {
        let id: String
        let name: String
        let isActive: Bool
    }

    func run(_ findings: inout Findings) async throws {
        let stored = try await storedByMark()
        let changes = Dictionary(
            grouping: ledger.of(.updateClient, .deleteClient), by: { String($0.path.split(separator: "/").last ?? "") })
        for creation in ledger.of(.createClient) {
            check(creation, stored[creation.name] ?? [], changes, &findings)
        }
        for tenant in tenants { try await checkList(of: tenant, &findings) }
    }

    private func check(
        _ creation: Ledger.Operation, _ rows: [Stored], _ changes: [String: [Ledger.Operation]],
        _ findings: inout Findings
    ) {
        if rows.count > 1 { findings.add(.storedTwice, "client \(creation.name) is stored \(rows.count) times") }
        guard let id = creation.answer?["client"]["id"].string else {
            if creation.refusal != nil, !creation.wasLostOnce, !rows.isEmpty {
                findings.add(.refusedHasEffect, "client \(creation.name) was refused and is stored")
            }
            return
        }
        findings.checked()
        guard let row = rows.first(where: { $0.id == id }) else {
            return findings.add(.answeredMissing, "client \(id) (\(creation.name)) was answered")
        }
        check(row, after: changes[id] ?? [], &findings)
    }

    /// The changes of one client follow one another, as one writer asked for them.
    private func check(_ row: Stored, after changes: [Ledger.Operation], _ findings: inout Findings) {
        var names: Set = ["Version 0"]
        var mayBeActive = true
        var mayBeDeleted = false
        for change in changes {
            if change.isAnswered { findings.checked() }
            switch (change.kind, change.verdict) {
            case (.updateClient, .answered): names = [change.body["name"].string ?? ""]
            case (.updateClient, .unanswered): names.insert(change.body["name"].string ?? "")
            case (.deleteClient, .answered), (.deleteClient, .refused): (mayBeActive, mayBeDeleted) = (false, true)
            case (.deleteClient, .unanswered): mayBeDeleted = true
            default: break
            }
        }
        findings.require(names.contains(row.name), .wrongContent, "client \(row.id) is \(row.name), not \(names)")
        findings.require(
            row.isActive ? mayBeActive : mayBeDeleted, .wrongContent,
            "client \(row.id) is \(row.isActive ? "still" : "no longer") there")
    }

    /// The profession holds the mark.
    private func storedByMark() async throws -> [String: [Stored]] {
        let ids = tenants.compactMap { UUID(uuidString: $0.workspaceID) }
        let rows = try await stack.query(
            """
            SELECT profession, id, name, is_active FROM agents.clients
            WHERE workspace_id = ANY (\(ids)) AND profession IS NOT NULL
            """)
        var stored: [String: [Stored]] = [:]
        for row in rows {
            let (mark, id, name, isActive) = try row.decode((String, UUID, String, Bool).self)
            stored[mark, default: []].append(Stored(id: id.uuidString.lowercased(), name: name, isActive: isActive))
        }
        return stored
    }

    private func checkList(of tenant: Tenant, _ findings: inout Findings) async throws {
        let shown = try await tenant.person.get("/api/clients?limit=1000").json
        let ids = Set((shown["clients"].array ?? []).compactMap { $0["id"].string })
        let rows = try await stack.query(
            "SELECT id FROM agents.clients WHERE workspace_id = \(UUID(uuidString: tenant.workspaceID)) AND is_active")
        let stored = Set(try rows.map { try $0.decode(UUID.self, at: 0).uuidString.lowercased() })
        findings.require(
            ids == stored && shown["total"].int == stored.count, .wrongContent,
            "workspace \(tenant.number) lists \(ids.count) clients and has \(stored.count)")
    }
}
