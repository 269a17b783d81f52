import Bus
import Contracts
import Foundation
import Postgres

extension PostgresAuthStore {
    func invite(
        _ invitation: NewInvitation, mail: NewMail, idempotency: IdempotencyKey?, recording entry: AuditEntry
    ) async throws -> Outcome<MemberRecord> {
        let workspaceID = invitation.workspaceID
        return try await write(in: workspaceID) { transaction in
            if let first = try await stored(MemberRecord.self, idempotency, in: workspaceID, transaction) {
                return Outcome(first, isReplayed: true)
            }
            let results = try await transaction.pipeline([
                lockOfMembers(in: workspaceID),
                """
                SELECT EXISTS (
                    SELECT FROM auth.memberships m JOIN auth.people p ON p.id = m.person_id
                    WHERE m.workspace_id = \(workspaceID) AND p.email = \(invitation.email.text)
                        AND m.removed_at IS NULL)
                """,
            ])
            guard try !results[1][0].decode(Bool.self, at: 0) else { throw Fault(.memberExists, field: "email") }
            try await store(invitation.record, idempotency, in: workspaceID, transaction)
            try await transaction.pipeline([
                """
                DELETE FROM auth.invitations
                WHERE workspace_id = \(workspaceID) AND email = \(invitation.email.text)
                """,
                invitation.insertion, try insertion(of: mail), entry.insertion,
            ])
            return Outcome(invitation.record)
        }
    }

    func invitation(_ id: UUID) async throws -> StoredInvitation? {
        let rows = try await jobs.query(
            """
            SELECT i.workspace_id, i.email, i.name, i.role, i.secret_hash, i.created_at, i.expires_at
            FROM auth.invitations i JOIN auth.workspaces w ON w.id = i.workspace_id
            WHERE i.id = \(id) AND w.closed_at IS NULL
            """, access: .readOnly)
        guard let row = try rows.one() else { return nil }
        let (workspaceID, email, name, role, hash, createdAt, expiresAt) = try row.decode(
            (WorkspaceID, String, String, String, [UInt8], Timestamp, Timestamp).self)
        return StoredInvitation(
            workspaceID: workspaceID, email: EmailAddress(stored: email), name: name, role: try Role(stored: role),
            hash: hash, createdAt: createdAt, expiresAt: expiresAt)
    }

    func join(
        _ joiner: Joiner, accepting token: OpaqueToken, _ invitation: StoredInvitation, recording entry: AuditEntry
    ) async throws -> Member {
        let workspaceID = invitation.workspaceID
        do {
            return try await write(in: workspaceID) { transaction in
                let spent = try await transaction.pipeline([
                    lockOfMembers(in: workspaceID),
                    """
                    DELETE FROM auth.invitations
                    WHERE workspace_id = \(workspaceID) AND id = \(token.id) AND secret_hash = \(token.hash)
                        AND expires_at > \(entry.at)
                    RETURNING role
                    """,
                ])
                // It may be another role by now than when it was looked up.
                guard let role = try spent[1].one()?.decode(String.self, at: 0) else {
                    throw Fault(.invitationInvalid, field: "token")
                }
                if case .newcomer(let member, let password) = joiner {
                    try await transaction.query(member.insertion(with: password))
                }
                let rows = try await transaction.pipeline([
                    """
                    INSERT INTO auth.memberships AS m (workspace_id, person_id, role, created_at)
                    VALUES (\(workspaceID), \(joiner.personID), \(role), \(entry.at))
                    ON CONFLICT (workspace_id, person_id) DO UPDATE
                    SET role = excluded.role, is_active = true, removed_at = NULL, created_at = excluded.created_at,
                        last_used_at = NULL
                    WHERE m.removed_at IS NOT NULL
                    """,
                    """
                    SELECT \(unsafe: memberColumns)
                    FROM auth.memberships m JOIN auth.people p ON p.id = m.person_id
                    JOIN auth.workspaces w ON w.id = m.workspace_id
                    WHERE m.workspace_id = \(workspaceID) AND m.person_id = \(joiner.personID)
                    """,
                    entry.insertion,
                ])
                guard let row = try rows[1].one() else { throw Fault(.invitationInvalid, field: "token") }
                return try Member(row)
            }
        } catch let error as DatabaseError where error.constraint == "people_email_key" {
            throw Fault(.unavailable, retryAfterMS: 1000)
        }
    }
}

extension NewInvitation {
    fileprivate var insertion: Statement {
        """
        INSERT INTO auth.invitations
            (workspace_id, id, email, name, role, secret_hash, created_at, expires_at)
        VALUES (\(workspaceID), \(token.id), \(email.text), \(name), \(role.rawValue), \(token.hash), \(createdAt),
            \(expiresAt))
        """
    }
}
