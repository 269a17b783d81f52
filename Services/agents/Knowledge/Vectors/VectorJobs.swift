import Contracts

/// A document whose passages this process embeds.
struct VectorJob: Sendable, Equatable {
    let workspaceID: WorkspaceID
    let documentID: DocumentID
    let model: String
    /// Of this holder; a change with an older one has no effect.
    let fence: Int
    /// In a row that came to nothing, with this one.
    let tries: Int
}

/// A passage without a vector.
struct WaitingPassage: Sendable, Equatable {
    let number: Int32
    let text: String
}

/// Passages that wait for their vectors, for those who embed them. Each change has an effect only while the job's lease is
/// the document's last one and the document has not been read anew, and says so.
protocol VectorJobs: Sendable {
    /// A document whose passages have vectors of another model or none, with a lease on it: the newest of
    /// them, and those that came to nothing when there is no other.
    func take(model: String, leaseSeconds: Int) async throws -> VectorJob?

    /// The first passages without a vector of the job's model, in their order.
    func passages(of job: VectorJob, limit: Int) async throws -> [WaitingPassage]

    /// Stores vectors of passages by their numbers, in place of those of another model, and prolongs the lease.
    func store(_ vectors: [(number: Int32, vector: TextVector)], of job: VectorJob, leaseSeconds: Int) async throws
        -> Bool

    /// Prolongs the lease.
    func renew(_ job: VectorJob, leaseSeconds: Int) async throws -> Bool

    /// All of its passages have vectors.
    func finish(_ job: VectorJob) async throws -> Bool

    /// Lets it wait, as one more try that came to nothing.
    func postpone(_ job: VectorJob, seconds: Double) async throws -> Bool

    /// Gives it back to whoever wants to embed it, and does not count this try.
    func release(_ job: VectorJob) async throws

    /// Passages of documents that wait for vectors of the model.
    func waiting(model: String) async throws -> Int
}
