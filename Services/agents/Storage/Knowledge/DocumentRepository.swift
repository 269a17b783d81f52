import Bus
import Contracts

/// Keeps documents for those who own them.
protocol DocumentRepository: Sendable {
    /// Adds all of them or none.
    /// - Faults: `.agentNotFound`, `.keyReused`, `.stillRunning`.
    func add(
        _ documents: [Document], under key: IdempotencyKey?, in workspaceID: WorkspaceID
    ) async throws -> Outcome<DocumentList>

    func find(_ id: DocumentID, in workspaceID: WorkspaceID) async throws -> DocumentRecord?

    func page(_ request: ListDocuments, in workspaceID: WorkspaceID) async throws -> DocumentPage

    /// - Returns: the key of its bytes.
    /// - Faults: `.documentNotFound`.
    func remove(_ id: DocumentID, in workspaceID: WorkspaceID) async throws -> String?

    /// Makes it wait to be read; whoever reads it at that moment reads in vain.
    /// - Faults: `.documentNotFound`.
    func readAnew(_ id: DocumentID, in workspaceID: WorkspaceID) async throws -> DocumentRecord

    func counts(of agentID: AgentID, in workspaceID: WorkspaceID) async throws -> KnowledgeCounts
}

/// Keeps documents for those who read them. Each change but the first has an effect only while the job's lease is the
/// document's last one, and says so.
protocol DocumentJobs: Sendable {
    /// The document that has waited longest, with a lease on it.
    func take(leaseSeconds: Int) async throws -> DocumentJob?

    /// Prolongs the lease.
    func renew(_ job: DocumentJob, leaseSeconds: Int) async throws -> Bool

    /// Tells how far it is, and prolongs the lease.
    func note(_ progressPercent: Int, of job: DocumentJob, leaseSeconds: Int) async throws -> Bool

    /// Stores what was found in it, in place of what was found before.
    func finish(_ job: DocumentJob, passages: [Passage], faqEntries: Int) async throws -> Bool

    /// - Parameter reason: a sentence for its owner.
    func fail(_ job: DocumentJob, reason: String) async throws -> Bool

    /// Lets it wait, and does not count this try.
    func postpone(_ job: DocumentJob, reason: String, seconds: Int) async throws -> Bool

    /// Gives it back to whoever wants to read it, and does not count this try.
    func release(_ job: DocumentJob) async throws

    /// Those of the keys that no document has.
    func unused(_ keys: [String]) async throws -> [String]
}
