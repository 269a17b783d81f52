import Contracts
import Foundation

/// Workspaces as such.
protocol WorkspaceRepository: Sendable {
    /// Nil when it is closed.
    func workspace(_ id: WorkspaceID) async throws -> WorkspaceRecord?

    /// Stores the change and logs `WorkspaceChanged`; a change of nothing stores nothing.
    /// - Throws: `.workspaceNotFound`.
    func change(_ id: WorkspaceID, _ change: WorkspaceChange, recording entry: AuditEntry) async throws
        -> WorkspaceRecord
}

/// Who works in a workspace. Changes of one workspace come one after the other.
protocol MemberRepository: Sendable {
    /// What is revoked of a person, given their new generation and when the last token expires that may be in use.
    typealias PersonRevocation = @Sendable (PersonID, Int, Timestamp?) -> AccessRevoked

    /// Newest first; without those who left.
    func members(of workspaceID: WorkspaceID, page: PageRequest) async throws -> Page<MemberRecord>

    /// Stores the invitation in place of one for the same e-mail, its mail and the entry; the first answer again for a
    /// repeated key.
    /// - Throws: `.memberExists`, `.keyReused`, `.stillRunning`.
    func invite(
        _ invitation: NewInvitation, mail: NewMail, idempotency: IdempotencyKey?, recording entry: AuditEntry
    ) async throws -> Outcome<MemberRecord>

    func invitation(_ id: UUID) async throws -> StoredInvitation?

    /// Spends the invitation and lets the person in; a newcomer is stored too.
    /// - Throws: `.invitationInvalid` when it was spent or withdrawn meanwhile; `.unavailable` when somebody registered
    ///   with the e-mail meanwhile.
    func join(
        _ joiner: Joiner, accepting token: OpaqueToken, _ invitation: StoredInvitation, recording entry: AuditEntry
    ) async throws -> Member

    /// Stores the change, makes all tokens and sessions of the person void, and logs `AccessRevoked`; a change of nothing
    /// does nothing.
    /// - Throws: `.memberNotFound`, `.lastAdmin`, `.inputInvalid` for activity of an invitation.
    func change(_ change: MemberChange, revocation: PersonRevocation) async throws -> MemberRecord

    /// Takes the person out and makes all their tokens and sessions void, or withdraws the invitation.
    /// - Throws: `.memberNotFound`, `.lastAdmin`.
    func remove(_ removal: MemberChange, revocation: PersonRevocation) async throws
}
