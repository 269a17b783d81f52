import Bus
import Contracts
import EventLog
import Foundation
import Postgres
import ServiceHost
import ServiceRuntime

/// What all repositories of this service have in common.
struct AgentsStore: Sendable {
    static let schema = "agents"

    /// Logged in as the service.
    let database: Database
    /// Logged in as a role that sees every workspace.
    let jobs: Database
    private let replies = IdempotentReplies(schema: schema)

    init(database: Database, jobs: Database) {
        self.database = database
        self.jobs = jobs
    }

    /// Runs `body` in one transaction.
    /// - Parameter fault: what a refusal of the database means; nil when it means nothing in particular.
    func write<Result: Sendable>(
        in workspaceID: WorkspaceID, explaining fault: (DatabaseError) -> Fault? = { _ in nil },
        _ body: (Transaction) async throws -> Result
    ) async throws -> Result {
        let stages = CommitStages(commitSent: { try? Failpoint.hit("agents.commit-sent") })
        do {
            let result = try await database.transaction(workspaces: [workspaceID.uuid], stages: stages) { transaction in
                let result = try await body(transaction)
                try await Failpoint.hit("agents.before-commit")
                return result
            }
            try await Failpoint.hit("agents.committed-unanswered")
            return result
        } catch let error as DatabaseError {
            throw fault(error) ?? error
        }
    }

    /// The same, once for each key: a repeated one gets the first reply again.
    /// - Throws: `.keyReused`, `.stillRunning`, and what `body` throws.
    func write<Reply: BusMessage>(
        once key: IdempotencyKey?, in workspaceID: WorkspaceID, explaining fault: (DatabaseError) -> Fault?,
        _ body: (Transaction) async throws -> Reply
    ) async throws -> Outcome<Reply> {
        try await write(in: workspaceID, explaining: fault) { transaction in
            guard let key else { return Outcome(try await body(transaction)) }
            let first = try await replies.find(
                Reply.self, digest: key.digest, fingerprint: key.fingerprint, workspaceID: workspaceID.uuid,
                in: transaction)
            if let first { return Outcome(first, isReplayed: true) }
            let reply = try await body(transaction)
            try await replies.store(
                reply, digest: key.digest, fingerprint: key.fingerprint, workspaceID: workspaceID.uuid, in: transaction)
            return Outcome(reply)
        }
    }
}

extension Array {
    /// The first `limit` of one more than that, and where the next page begins if there is one.
    func page(of limit: Int, cursor: (Element) -> PageCursor) -> (entries: [Element], next: PageCursor?) {
        let entries = Array(prefix(limit))
        return (entries, count > limit ? entries.last.map(cursor) : nil)
    }
}

/// Patterns for `LIKE`.
enum LikePattern {
    /// Matches whatever contains the text, taken literally.
    static func containing(_ text: String) -> String {
        let literal = text.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }.joined()
        return "%\(literal)%"
    }
}
