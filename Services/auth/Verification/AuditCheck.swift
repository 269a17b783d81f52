import Contracts

/// A line of the audit log as it is stored.
struct StoredAuditEntry: Sendable {
    let workspaceID: WorkspaceID
    let number: Int
    let hash: [UInt8]
    /// Nil when it is of no kind that there is.
    let entry: AuditEntry?
}

/// Where the audit log of all workspaces is read.
protocol AuditReading: Sendable {
    /// The last number and hash of each workspace, kept beside the log.
    func heads() async throws -> [WorkspaceID: AuditChain]
    /// Entries in the order of workspace and number, at most so many.
    func entries(after: StoredAuditEntry?, atMost limit: Int) async throws -> [StoredAuditEntry]
}

/// Follows the chain of every workspace and finds what was changed, moved or taken out.
struct AuditCheck: Sendable {
    /// A workspace whose log is not what was written.
    struct Break: Equatable, CustomStringConvertible {
        let workspaceID: WorkspaceID
        /// The first number that does not follow.
        let number: Int

        var description: String { "workspace \(workspaceID): entry \(number) does not follow from those before it" }
    }

    struct Finding: Equatable {
        var workspaceCount = 0
        var entryCount = 0
        var breaks: [Break] = []
    }

    let log: any AuditReading
    /// Entries in memory at a time.
    var pageSize = 1000

    /// What is written meanwhile is followed too, and need not be there yet.
    func run() async throws -> Finding {
        let heads = try await log.heads()
        var finding = Finding(workspaceCount: heads.count)
        var missing = heads
        var workspaceID: WorkspaceID?
        var chain = AuditChain()
        var isBroken = false
        var last: StoredAuditEntry?
        while true {
            let page = try await log.entries(after: last, atMost: pageSize)
            for stored in page {
                finding.entryCount += 1
                let id = stored.workspaceID
                if id != workspaceID {
                    (workspaceID, chain, isBroken) = (id, AuditChain(), false)
                    if heads[id] == nil { finding.workspaceCount += 1 }
                }
                if isBroken { continue }
                isBroken = !(stored.entry.map { chain.follows($0, number: stored.number, hash: stored.hash) } ?? false)
                if isBroken { finding.breaks.append(Break(workspaceID: id, number: chain.number)) }
                if isBroken || missing[id] == chain { missing[id] = nil }
            }
            last = page.last ?? last
            if page.count < pageSize { break }
        }
        // A log that ends before its head, or holds another entry in its place.
        for (id, head) in missing.sorted(by: { $0.key.description < $1.key.description }) {
            finding.breaks.append(Break(workspaceID: id, number: head.number))
        }
        return finding
    }
}
