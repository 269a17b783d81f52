import Bus
import Contracts
import ServiceRuntime

/// A registration whose input is right: what is left to find out is whether the e-mail is free.
struct Registration: Sendable {
    let email: EmailAddress
    let password: String
    let name: PersonName
    let companyName: String?
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
        name = try PersonName(
            whole: request.name, first: request.firstName, last: request.lastName, orElse: email.localPart)
        companyName = try GivenText.optional(request.companyName, field: "company_name", limit: 200)
        workspaceName =
            try GivenText.optional(request.workspaceName, field: "workspace_name", limit: 200) ?? companyName
            ?? name.whole
        clientHint = GivenText.told(request.clientHint, limit: 64)
        origin = request.origin.bounded
    }
}

/// All that a registration makes: a person, a workspace in which they are `admin`, and perhaps their first session.
struct NewAccount: Sendable {
    let member: Member
    let password: PasswordHash
    let origin: ClientOrigin
    private(set) var session: NewSession?

    init(_ registration: Registration, password: PasswordHash, at now: Timestamp) {
        let name = registration.name
        let person = PersonRecord(
            id: PersonID(UUIDv7.make()), email: registration.email.text, name: name.whole, firstName: name.first,
            lastName: name.last, companyName: registration.companyName, role: .admin,
            workspaceID: WorkspaceID(UUIDv7.make()), workspaceName: registration.workspaceName, createdAt: now)
        member = Member(person: person, generation: 0, clientHint: registration.clientHint)
        self.password = password
        origin = registration.origin
    }

    /// Begins the first session with it.
    /// - Returns: that session.
    mutating func signIn(tokens: TokenTerms) -> NewSession {
        let person = member.person
        let session = NewSession(
            Session(of: person.id, in: person.workspaceID, origin: origin, tokens: tokens, at: person.createdAt))
        self.session = session
        return session
    }

    /// What the audit log says about it.
    var audit: AuditEntry {
        let person = member.person
        return AuditEntry(
            workspaceID: person.workspaceID, at: person.createdAt, kind: .registered, person: person.id,
            subject: (session?.session.id).map(\.description) ?? "", origin: origin)
    }
}
