import Bus
import Contracts
import ServiceRuntime

/// Invites somebody by mail.
struct InviteMemberHandler {
    let members: any MemberRepository
    let workspaces: any WorkspaceRepository
    let letters: Letters
    /// Tells the loop that sends mail.
    let mailStored: @Sendable () -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: InviteMember, from caller: Caller) async throws -> Outcome<MemberRecord> {
        let workspaceID = try caller.requireWorkspace()
        let invitation = try NewInvitation(request, to: workspaceID, at: now())
        guard let workspace = try await workspaces.workspace(workspaceID) else { throw Fault(.workspaceNotFound) }
        let letter = letters.invitation(
            invitation.token, to: invitation.email, workspaceName: workspace.name, days: NewInvitation.lifetimeDays)
        let outcome = try await members.invite(
            invitation,
            mail: NewMail(
                workspaceID: workspaceID, letter: letter, createdAt: invitation.createdAt,
                forgetAfter: invitation.expiresAt),
            idempotency: request.idempotency,
            recording: AuditEntry(
                workspaceID: workspaceID, at: invitation.createdAt, kind: .memberInvited,
                actor: caller.identity.credentialID, subject: invitation.token.id.text))
        mailStored()
        return outcome
    }
}

/// Lets somebody in who holds the token of an invitation.
struct AcceptInvitationHandler {
    let accounts: any AccountRepository
    let members: any MemberRepository
    let passwords: any PasswordHashing
    let rules: PasswordRules
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: AcceptInvitation, from caller: Caller) async throws -> JoinedWorkspace {
        let now = now()
        guard let token = OpaqueToken(request.token, for: .invitation),
            let invitation = try await members.invitation(token.id), invitation.isGood(for: token, at: now)
        else { throw Fault(.invitationInvalid, field: "token") }
        let known = try await accounts.credentials(of: invitation.email)
        guard known?.isActive ?? true else { throw Fault(.invitationInvalid, field: "token") }
        let joiner: Joiner =
            if let known { .known(known.personID) } else { try await newcomer(request, invitation, at: now) }
        let entry = AuditEntry(
            workspaceID: invitation.workspaceID, at: now, kind: .invitationAccepted, person: joiner.personID,
            subject: token.id.text, origin: request.origin.bounded)
        let member = try await members.join(joiner, accepting: token, invitation, recording: entry)
        return JoinedWorkspace(person: member.person, isNew: known == nil)
    }

    private func newcomer(
        _ request: AcceptInvitation, _ invitation: StoredInvitation, at now: Timestamp
    ) async throws -> Joiner {
        guard let password = request.password, !password.isEmpty else {
            throw Fault(
                .passwordInvalid, "password is required: there is no account with this e-mail", field: "password")
        }
        try rules.check(password)
        let fallback = invitation.name.isEmpty ? invitation.email.localPart : invitation.name
        let name = try PersonName(whole: nil, first: request.firstName, last: request.lastName, orElse: fallback)
        let hash = try await passwords.hash(password)
        let person = PersonRecord(
            id: PersonID(UUIDv7.make()), email: invitation.email.text, name: name.whole, firstName: name.first,
            lastName: name.last, role: invitation.role, workspaceID: invitation.workspaceID, workspaceName: "",
            createdAt: now)
        return .newcomer(
            Member(person: person, generation: 0, clientHint: GivenText.told(request.clientHint, limit: 64)), hash)
    }
}
