import Bus
import Contracts
import Foundation
import Postgres

extension PostgresAuthStore: MemberRepository {
    func members(of workspaceID: WorkspaceID, page: PageRequest) async throws -> Page<MemberRecord> {
        let everybody: Statement = """
            (
                SELECT p.id, p.email, p.name, m.role, m.is_active AND p.is_active AS is_active, true AS is_member,
                    m.created_at
                FROM auth.memberships m JOIN auth.people p ON p.id = m.person_id
                WHERE m.workspace_id = \(workspaceID) AND m.removed_at IS NULL
                UNION ALL
                SELECT id, email, name, role, true, false, created_at FROM auth.invitations
                WHERE workspace_id = \(workspaceID)
            ) AS everybody
            """
        let results = try await database.pipeline(
            [
                """
                SELECT id, email, name, role, is_active, is_member, created_at FROM \(everybody)
                WHERE (created_at, id) < (\(page.start.at), \(page.start.id))
                ORDER BY created_at DESC, id DESC LIMIT \(page.limit + 1)
                """, "SELECT count(*) FROM \(everybody)",
            ], workspaces: [workspaceID.uuid], access: .readOnly)
        let found = try results[0].map { try MemberRecord($0) }
        return Page(found, total: try results[1].one()?.decode(at: 0) ?? 0, of: page) {
            PageCursor(at: $0.createdAt, id: $0.id.uuid)
        }
    }

    func change(_ change: MemberChange, revocation: PersonRevocation) async throws -> MemberRecord {
        let tokensUntil = try await lastTokenEnd(of: PersonID(change.id.uuid))
        return try await write(in: change.workspaceID) { transaction in
            guard let before = try await lock(change, transaction) else {
                return try await changeInvitation(change, transaction)
            }
            let after = change.applied(to: before)
            let entries = change.entries(from: before, to: after)
            if let last = entries.last {
                try await keepRunning(change, before, after, transaction)
                try await transaction.query(
                    """
                    UPDATE auth.memberships SET role = \(after.role.rawValue), is_active = \(after.isActive)
                    WHERE workspace_id = \(change.workspaceID) AND person_id = \(change.id)
                    """)
                try await transaction.pipeline(entries.dropLast().map(\.insertion))
                try await raise(change, recording: last, tokensUntil, revocation, transaction)
            }
            return try await member(change, transaction)
        }
    }

    func remove(_ removal: MemberChange, revocation: PersonRevocation) async throws {
        let tokensUntil = try await lastTokenEnd(of: PersonID(removal.id.uuid))
        try await write(in: removal.workspaceID) { transaction in
            guard let before = try await lock(removal, transaction) else {
                return try await withdraw(removal, transaction)
            }
            try await keepRunning(removal, before, removal.applied(to: before), transaction)
            try await transaction.query(
                """
                UPDATE auth.memberships SET is_active = false, removed_at = \(removal.now)
                WHERE workspace_id = \(removal.workspaceID) AND person_id = \(removal.id)
                """)
            try await raise(
                removal, recording: removal.entry(.memberRemoved), tokensUntil, revocation, transaction)
        }
    }

    /// Locks the workspace, so that of several changes each sees those before it.
    /// - Returns: how the member stands; nil when nobody with this id is in the workspace.
    private func lock(_ change: MemberChange, _ transaction: Transaction) async throws -> Standing? {
        let results = try await transaction.pipeline([
            lockOfMembers(in: change.workspaceID),
            """
            SELECT role, is_active FROM auth.memberships
            WHERE workspace_id = \(change.workspaceID) AND person_id = \(change.id) AND removed_at IS NULL
            """,
        ])
        guard let (role, isActive) = try results[1].one()?.decode((String, Bool).self) else { return nil }
        return Standing(role: try Role(stored: role), isActive: isActive)
    }

    /// - Throws: `.lastAdmin` when nobody else could run the workspace after the change.
    private func keepRunning(
        _ change: MemberChange, _ before: Standing, _ after: Standing, _ transaction: Transaction
    ) async throws {
        guard before.isRunning, !after.isRunning else { return }
        let others = try await transaction.query(
            """
            SELECT EXISTS (
                SELECT FROM auth.memberships m JOIN auth.people p ON p.id = m.person_id
                WHERE m.workspace_id = \(change.workspaceID) AND m.person_id <> \(change.id) AND m.role = 'admin'
                    AND m.is_active AND p.is_active)
            """)
        guard try others[0].decode(Bool.self, at: 0) else { throw Fault(.lastAdmin) }
    }

    private func raise(
        _ change: MemberChange, recording entry: AuditEntry, _ tokensUntil: Timestamp?,
        _ revocation: PersonRevocation, _ transaction: Transaction
    ) async throws {
        let rows = try await transaction.query(
            "UPDATE auth.people SET generation = generation + 1 WHERE id = \(change.id) RETURNING generation")
        guard let generation = try rows.one()?.decode(Int.self, at: 0) else { throw Fault(.memberNotFound) }
        try await transaction.revoke(
            revocation(PersonID(change.id.uuid), generation, tokensUntil), in: change.workspaceID, recording: entry)
    }

    private func member(_ change: MemberChange, _ transaction: Transaction) async throws -> MemberRecord {
        let rows = try await transaction.query(
            """
            SELECT p.id, p.email, p.name, m.role, m.is_active AND p.is_active, true, m.created_at
            FROM auth.memberships m JOIN auth.people p ON p.id = m.person_id
            WHERE m.workspace_id = \(change.workspaceID) AND m.person_id = \(change.id)
            """)
        guard let row = try rows.one() else { throw Fault(.memberNotFound) }
        return try MemberRecord(row)
    }

    private func changeInvitation(_ change: MemberChange, _ transaction: Transaction) async throws -> MemberRecord {
        let rows = try await transaction.query(
            """
            UPDATE auth.invitations SET role = coalesce(\(change.role?.rawValue), role)
            WHERE workspace_id = \(change.workspaceID) AND id = \(change.id)
            RETURNING id, email, name, role, true, false, created_at
            """)
        guard let row = try rows.one() else { throw Fault(.memberNotFound) }
        guard change.isActive == nil else { throw Fault.inactiveInvitation }
        if change.role != nil { try await transaction.query(change.entry(.roleChanged).insertion) }
        return try MemberRecord(row)
    }

    private func withdraw(_ removal: MemberChange, _ transaction: Transaction) async throws {
        let gone = try await transaction.query(
            """
            DELETE FROM auth.invitations WHERE workspace_id = \(removal.workspaceID) AND id = \(removal.id)
            """)
        guard gone.affectedCount == 1 else { throw Fault(.memberNotFound) }
        try await transaction.query(removal.entry(.invitationWithdrawn).insertion)
    }
}

extension Fault {
    static let inactiveInvitation = Fault(
        .inputInvalid, "is_active is for members who have joined", field: "is_active")
}

/// Whoever changes who may do what in a workspace takes this first.
func lockOfMembers(in workspaceID: WorkspaceID) -> Statement {
    "SELECT FROM auth.workspaces WHERE id = \(workspaceID) FOR NO KEY UPDATE"
}

extension Role {
    /// - Throws: `.decoding` for a text that is none.
    init(stored text: String) throws(DatabaseError) {
        guard let role = Role(rawValue: text) else { throw DatabaseError(.decoding, "\(text) is no role.") }
        self = role
    }
}

extension MemberRecord {
    /// Reads id, e-mail, name, role, whether active, whether joined, and when.
    init(_ row: Row) throws {
        let (id, email, name, role, isActive, isMember, createdAt) = try row.decode(
            (MemberID, String, String, String, Bool, Bool, Timestamp).self)
        self.init(
            id: id, email: email, name: name, role: try Role(stored: role), isActive: isActive,
            status: isMember ? .active : .invited, createdAt: createdAt)
    }
}
