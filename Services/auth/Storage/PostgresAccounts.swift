import Bus
import Contracts
import Postgres
import ServiceRuntime

extension PostgresAuthStore: AccountRepository {
    func isTaken(_ email: EmailAddress) async throws -> Bool {
        let rows = try await jobs.query(
            "SELECT EXISTS (SELECT FROM auth.people WHERE email = \(email.text))", access: .readOnly)
        return try rows[0].decode(at: 0)
    }

    func add(_ account: NewAccount) async throws {
        let person = account.member.person
        do {
            try await write(in: person.workspaceID) { transaction in
                _ = try await transaction.pipeline([
                    account.member.insertion(with: account.password),
                    """
                    INSERT INTO auth.workspaces (id, name, created_at)
                    VALUES (\(person.workspaceID), \(person.workspaceName), \(person.createdAt))
                    """,
                    """
                    INSERT INTO auth.memberships (workspace_id, person_id, role, created_at, last_used_at)
                    VALUES (\(person.workspaceID), \(person.id), \(person.role.rawValue), \(person.createdAt),
                        \(person.createdAt))
                    """,
                ])
                try await transaction.pipeline((account.session?.insertions ?? []) + [account.audit.insertion])
            }
        } catch let error as DatabaseError where error.constraint == "people_email_key" {
            throw Fault(.emailTaken, field: "email")
        }
    }

    func credentials(of email: EmailAddress) async throws -> SignInCredentials? {
        let rows = try await jobs.query(
            """
            SELECT p.id, p.password_hash, p.password_scheme, p.is_active, p.generation, last.workspace_id
            FROM auth.people p LEFT JOIN LATERAL (
                SELECT m.workspace_id FROM auth.memberships m JOIN auth.workspaces w ON w.id = m.workspace_id
                WHERE m.person_id = p.id AND \(unsafe: memberIsWelcome)
                ORDER BY m.last_used_at DESC NULLS LAST, m.workspace_id LIMIT 1
            ) AS last ON true
            WHERE p.email = \(email.text)
            """, access: .readOnly)
        guard let row = try rows.one() else { return nil }
        let (id, text, scheme, isActive, generation, workspaceID) = try row.decode(
            (PersonID, String, String, Bool, Int, WorkspaceID?).self)
        return SignInCredentials(
            personID: id, password: try PasswordHash(text: text, storedScheme: scheme), isActive: isActive,
            generation: generation, workspaceID: workspaceID)
    }

    func member(_ personID: PersonID, of workspaceID: WorkspaceID) async throws -> Member? {
        let rows = try await database.query(
            """
            SELECT \(unsafe: memberColumns)
            FROM auth.memberships m JOIN auth.people p ON p.id = m.person_id JOIN auth.workspaces w ON w.id = m.workspace_id
            WHERE m.workspace_id = \(workspaceID) AND m.person_id = \(personID) AND \(unsafe: memberIsWelcome)
            """, workspaces: [workspaceID.uuid], access: .readOnly)
        return try rows.one().map { try Member($0) }
    }

    func record(_ entry: AuditEntry) async throws {
        try await database.query(entry.insertion, workspaces: [entry.workspaceID.uuid])
    }

    func raiseGeneration(
        of personID: PersonID, in workspaceID: WorkspaceID, recording entry: AuditEntry,
        revocation: @Sendable (Int, Timestamp?) -> AccessRevoked
    ) async throws -> Int {
        let tokensUntil = try await lastTokenEnd(of: personID)
        return try await write(in: workspaceID) { transaction in
            let rows = try await transaction.query(
                """
                UPDATE auth.people p SET generation = p.generation + 1
                FROM auth.memberships m
                WHERE p.id = \(personID) AND m.workspace_id = \(workspaceID) AND m.person_id = p.id
                RETURNING p.generation
                """)
            guard let generation = try rows.one()?.decode(Int.self, at: 0) else { throw Fault(.personNotFound) }
            try await transaction.revoke(
                revocation(generation, tokensUntil), in: workspaceID, recording: entry)
            return generation
        }
    }

    /// When the last access token expires that a person may have in hands; nil for none. Sessions in all workspaces of the
    /// person carry tokens.
    func lastTokenEnd(of personID: PersonID) async throws -> Timestamp? {
        let latest = try await jobs.query(
            """
            SELECT max(s.tokens_until) FROM auth.sessions s JOIN auth.memberships m USING (workspace_id, person_id)
            WHERE m.person_id = \(personID) AND s.ended_at IS NULL
            """, access: .readOnly)
        return try latest[0].decode(at: 0)
    }
}

extension Member {
    /// Stores the person.
    func insertion(with password: PasswordHash) -> Statement {
        """
        INSERT INTO auth.people (id, email, name, first_name, last_name, company_name, password_hash, password_scheme,
            generation, client_hint, created_at)
        VALUES (\(person.id), \(person.email), \(person.name), \(person.firstName), \(person.lastName),
            \(person.companyName), \(password.text), \(password.scheme.rawValue), \(generation), \(clientHint),
            \(person.createdAt))
        """
    }
}
