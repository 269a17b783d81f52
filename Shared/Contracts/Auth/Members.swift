import Bus

package enum MemberEntity {}
/// The person's id, or the invitation's while nobody has accepted it.
package typealias MemberID = Identifier<MemberEntity>

/// Somebody who works in a workspace, or is invited to.
package struct MemberRecord: BusMessage, Codable, Equatable {
    package enum Status: String, Sendable, Codable, CaseIterable {
        case active
        case invited
    }

    package var id: MemberID
    /// Lower case.
    package var email: String
    /// Empty for somebody invited without one.
    package var name: String
    package var role: Role
    /// False: may not enter the workspace for now.
    package var isActive: Bool
    package var status: Status
    /// When the person joined or was invited.
    package var createdAt: Timestamp

    package init(
        id: MemberID, email: String, name: String, role: Role, isActive: Bool, status: Status, createdAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.role = role
        self.isActive = isActive
        self.status = status
        self.createdAt = createdAt
    }
}

/// Who works in the caller's workspace or is invited to, newest first.
/// - Faults: `.inputInvalid` for a limit outside of 1–1000.
package struct ListMembers: BusRequest, Codable {
    package static let subject: Subject = "auth.list-members.v1"
    package static let isRepeatable = true
    package typealias Reply = MemberList

    package var page: PageRequest

    package init(page: PageRequest = PageRequest()) {
        self.page = page
    }
}

package struct MemberList: BusMessage, Codable, Equatable {
    package var members: [MemberRecord]
    package var total: Int
    /// Nil on the last page.
    package var next: PageCursor?

    package init(members: [MemberRecord], total: Int, next: PageCursor? = nil) {
        self.members = members
        self.total = total
        self.next = next
    }
}

/// Invite somebody to the caller's workspace by mail. An invitation that waits is sent anew, and the token before is void.
/// - Faults: `.emailInvalid`, `.inputInvalid` for a name, `.memberExists`, `.keyReused`, `.stillRunning`.
package struct InviteMember: BusRequest, Codable {
    package static let subject: Subject = "auth.invite-member.v1"
    package typealias Reply = Outcome<MemberRecord>

    package var email: String
    package var role: Role
    package var name: String?
    package var idempotency: IdempotencyKey?

    package init(email: String, role: Role, name: String?, idempotency: IdempotencyKey? = nil) {
        self.email = email
        self.role = role
        self.name = name
        self.idempotency = idempotency
    }
}

/// Change what a member of the caller's workspace may do; what is nil stays. It takes effect on every gateway within a second.
/// - Faults: `.memberNotFound`, `.lastAdmin`, `.inputInvalid` for activity of somebody who has not joined.
package struct UpdateMember: BusRequest, Codable {
    package static let subject: Subject = "auth.update-member.v1"
    package typealias Reply = MemberRecord

    package var id: MemberID
    package var role: Role?
    package var isActive: Bool?

    package init(id: MemberID, role: Role? = nil, isActive: Bool? = nil) {
        self.id = id
        self.role = role
        self.isActive = isActive
    }
}

/// Take somebody out of the caller's workspace, or withdraw an invitation. What they made stays.
/// - Faults: `.memberNotFound`, `.lastAdmin`.
package struct RemoveMember: BusRequest, Codable {
    package static let subject: Subject = "auth.remove-member.v1"
    package typealias Reply = Done

    package var id: MemberID

    package init(id: MemberID) {
        self.id = id
    }
}

/// Join a workspace with the token of an invitation, which is spent by it. Whoever has no account yet gets one.
/// - Faults: `.invitationInvalid`, `.passwordInvalid` (a new account needs one), `.inputInvalid` for a name, `.overloaded`.
package struct AcceptInvitation: BusRequest, Codable {
    package static let subject: Subject = "auth.accept-invitation.v1"
    package typealias Reply = JoinedWorkspace

    package var token: String
    /// Of a new account; not looked at for a person who has one.
    package var password: String?
    package var firstName: String?
    package var lastName: String?
    /// Kept for the gateway, opaque to auth: by which surface a new account is made.
    package var clientHint: String
    package var origin: ClientOrigin

    package init(
        token: String, password: String?, firstName: String?, lastName: String?, clientHint: String,
        origin: ClientOrigin
    ) {
        self.token = token
        self.password = password
        self.firstName = firstName
        self.lastName = lastName
        self.clientHint = clientHint
        self.origin = origin
    }
}

/// A person within the workspace that they have joined.
package struct JoinedWorkspace: BusMessage, Codable, Equatable {
    package var person: PersonRecord
    /// The account was made by it.
    package var isNew: Bool

    package init(person: PersonRecord, isNew: Bool) {
        self.person = person
        self.isNew = isNew
    }
}
