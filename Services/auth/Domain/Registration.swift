import Bus
import Contracts
import ServiceRuntime

/// A registration whose input is right: what is left to find out is whether the e-mail is free.
struct Registration: Sendable {
    let email: EmailAddress
    let password: String
    let name: String
    let workspaceName: String
    let clientHint: String
    let origin: ClientOrigin

    /// Checks in the order in which the answers are promised: something is missing, the password, the e-mail's form.
    /// - Throws: `.emailRequired`, `.passwordInvalid`, `.emailInvalid`, `.inputInvalid` for a name.
    init(_ request: Register, rules: PasswordRules) throws {
        guard !request.email.allSatisfy(\.isWhitespace), !request.password.isEmpty else { throw Fault(.emailRequired) }
        try rules.check(request.password)
        email = try EmailAddress(request.email)
        password = request.password
        name = try GivenText.optional(request.name, field: "name", limit: 200) ?? email.localPart
        workspaceName = try GivenText.optional(request.workspaceName, field: "workspace_name", limit: 200) ?? name
        clientHint = GivenText.told(request.clientHint, limit: 64)
        origin = request.origin.bounded
    }
}

/// All that a registration makes: a person, a workspace in which they are `admin`, and their first session.
struct NewAccount: Sendable {
    let member: Member
    let password: PasswordHash
    let session: Session

    init(_ registration: Registration, password: PasswordHash, tokens: TokenTerms, at now: Timestamp) {
        let workspaceID = WorkspaceID(UUIDv7.make())
        let person = PersonRecord(
            id: PersonID(UUIDv7.make()), email: registration.email.text, name: registration.name, role: .admin,
            workspaceID: workspaceID, workspaceName: registration.workspaceName, createdAt: now)
        member = Member(person: person, generation: 0, clientHint: registration.clientHint)
        self.password = password
        session = Session(of: member.person.id, in: workspaceID, origin: registration.origin, tokens: tokens, at: now)
    }

    /// What the audit log says about it.
    var audit: AuditEntry {
        AuditEntry(
            workspaceID: session.workspaceID, at: session.createdAt, kind: .registered, person: session.personID,
            subject: session.id.description, origin: session.origin)
    }
}
