import Bus
import Contracts

/// An invitation about to be sent.
struct NewInvitation: Sendable {
    static let lifetimeDays = 7

    let token = OpaqueToken(for: .invitation)
    let workspaceID: WorkspaceID
    let email: EmailAddress
    let name: String
    let role: Role
    let createdAt: Timestamp
    let expiresAt: Timestamp

    /// - Throws: `.emailInvalid`, `.inputInvalid` for a name.
    init(_ request: InviteMember, to workspaceID: WorkspaceID, at now: Timestamp) throws {
        self.workspaceID = workspaceID
        email = try EmailAddress(request.email)
        name = try GivenText.optional(request.name, field: "name", limit: 200) ?? ""
        role = request.role
        createdAt = now
        expiresAt = now.adding(seconds: Self.lifetimeDays * 86_400)
    }

    var record: MemberRecord {
        MemberRecord(
            id: MemberID(token.id), email: email.text, name: name, role: role, isActive: true, status: .invited,
            createdAt: createdAt)
    }
}

/// An invitation as it is looked up by whoever holds its token.
struct StoredInvitation: Sendable, Equatable {
    var workspaceID: WorkspaceID
    var email: EmailAddress
    var name: String
    var role: Role
    /// SHA-256 of the token.
    var hash: [UInt8]
    var createdAt: Timestamp
    var expiresAt: Timestamp

    func isGood(for token: OpaqueToken, at now: Timestamp) -> Bool {
        token.matches(hash) && now < expiresAt
    }
}

/// Who accepts an invitation.
enum Joiner: Sendable {
    case known(PersonID)
    /// `PersonRecord` already names the workspace and the role in it.
    case newcomer(Member, PasswordHash)

    var personID: PersonID {
        switch self {
        case .known(let id): id
        case .newcomer(let member, _): member.person.id
        }
    }
}
