import Contracts
import EventLog
import Postgres
import ServiceRuntime

/// The repositories in PostgreSQL.
struct PostgresAuthStore: Sendable {
    /// Shows the workspaces that a transaction names.
    let database: Database
    /// Sees every workspace: for what comes before a workspace is known.
    let jobs: Database
    let masterKey: MasterKey

    /// Runs `body` in one transaction in a workspace.
    func write<Result: Sendable>(
        in workspaceID: WorkspaceID, _ body: (Transaction) async throws -> Result
    ) async throws -> Result {
        let stages = CommitStages(commitSent: { try? Failpoint.hit("auth.commit-sent") })
        let result = try await database.transaction(workspaces: [workspaceID.uuid], stages: stages) { transaction in
            let result = try await body(transaction)
            try await Failpoint.hit("auth.before-commit")
            return result
        }
        try await Failpoint.hit("auth.committed-unanswered")
        return result
    }

    /// What answers are stored with.
    func replies(_ key: IdempotencyKey, in workspaceID: WorkspaceID) -> IdempotentReplies {
        IdempotentReplies(schema: "auth", seal: masterKey.replySeal(workspaceID: workspaceID, digest: key.digest))
    }
}

/// The columns of a `Member`, of people as p, memberships as m and workspaces as w.
let memberColumns = """
    p.id, p.email, p.name, p.first_name, p.last_name, p.company_name, m.role, w.id, w.name, p.created_at, p.generation, \
    p.client_hint
    """

/// When a person may enter a workspace.
let memberIsWelcome = "m.is_active AND p.is_active AND w.closed_at IS NULL"

extension Member {
    /// Reads `memberColumns` from the left.
    init(_ row: Row) throws {
        let (
            id, email, name, firstName, lastName, companyName, role, workspaceID, workspaceName, createdAt, generation,
            clientHint
        ) = try row.decode(
            (PersonID, String, String, String?, String?, String?, String, WorkspaceID, String, Timestamp, Int, String)
                .self)
        guard let role = Role(rawValue: role) else { throw DatabaseError(.decoding, "\(role) is no role.") }
        self.init(
            person: PersonRecord(
                id: id, email: email, name: name, firstName: firstName, lastName: lastName, companyName: companyName,
                role: role, workspaceID: workspaceID, workspaceName: workspaceName, createdAt: createdAt),
            generation: generation, clientHint: clientHint)
    }
}

extension PasswordHash {
    /// - Throws: `.decoding` for an unknown scheme.
    init(text: String, storedScheme: String) throws(DatabaseError) {
        guard let scheme = Scheme(rawValue: storedScheme) else {
            throw DatabaseError(.decoding, "\(storedScheme) is no scheme of passwords.")
        }
        self.init(text: text, scheme: scheme)
    }
}
