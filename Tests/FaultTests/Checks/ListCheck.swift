import TestSupport

/// The list that HTTP shows, page by page, is what is stored, newest first, and its total is right.
struct ListCheck {
    let rows: [StoredCall]
    let tenants: [Tenant]

    func run(_ findings: inout Findings) async throws {
        guard let tenant = tenants.first else { return }
        let stored = Set(rows.filter { $0.workspaceID == tenant.workspaceID }.map(\.id))
        var shown: [String] = []
        var cursor: String?
        repeat {
            let next = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try await tenant.person.get("/api/calls?limit=500&days=60\(next)").json
            shown += (page["calls"].array ?? []).compactMap { $0["id"].string }
            cursor = page["next_cursor"].string
            findings.require(
                page["total"].int == stored.count, .wrongContent,
                "the list's total is \(page["total"]), not \(stored.count)")
        } while cursor != nil && shown.count <= stored.count
        findings.require(
            shown.count == stored.count && Set(shown) == stored, .wrongContent,
            "the list shows \(shown.count) calls, \(stored.count) are stored")
    }
}
