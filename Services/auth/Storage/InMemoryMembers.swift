import Bus
import Contracts
import Foundation

extension InMemoryAuthStore: WorkspaceRepository, MemberRepository {
    func workspace(_ id: WorkspaceID) -> WorkspaceRecord? {
        closedWorkspaces.contains(id) ? nil : workspaces[id]
    }

    func change(_ id: WorkspaceID, _ change: WorkspaceChange, recording entry: AuditEntry) throws -> WorkspaceRecord {
        guard let before = workspace(id) else { throw Fault(.workspaceNotFound) }
        var after = before
        after.name = change.name ?? before.name
        after.settings = change.settings ?? before.settings
        switch change.retention {
        case .days(let days): after.retentionDays = days
        case .forEver: after.retentionDays = nil
        case nil: break
        }
        guard after != before else { return after }
        workspaces[id] = after
        workspaceChanges.append(WorkspaceChanged(before: before, after: after))
        record(entry)
        return after
    }

    func members(of workspaceID: WorkspaceID, page: PageRequest) -> Page<MemberRecord> {
        Page(cutFrom: members(of: workspaceID), by: page) { PageCursor(at: $0.createdAt, id: $0.id.uuid) }
    }

    private func members(of workspaceID: WorkspaceID) -> [MemberRecord] {
        let joined = memberships.filter { $0.workspaceID == workspaceID && !$0.isRemoved }.compactMap(record)
        let invited = invitations.filter { $0.value.workspaceID == workspaceID }.map { record($0.value, id: $0.key) }
        return (joined + invited).sorted {
            ($0.createdAt, $0.id.description) > ($1.createdAt, $1.id.description)
        }
    }

    func invite(
        _ invitation: NewInvitation, mail: NewMail, idempotency: IdempotencyKey?, recording entry: AuditEntry
    ) throws -> Outcome<MemberRecord> {
        if let first = try reply(MemberRecord.self, idempotency) { return Outcome(first, isReplayed: true) }
        let isMember = members(of: invitation.workspaceID).contains {
            $0.status == .active && $0.email == invitation.email.text
        }
        guard !isMember else { throw Fault(.memberExists, field: "email") }
        invitations = invitations.filter {
            $0.value.workspaceID != invitation.workspaceID || $0.value.email != invitation.email
        }
        invitations[invitation.token.id] = StoredInvitation(
            workspaceID: invitation.workspaceID, email: invitation.email, name: invitation.name, role: invitation.role,
            hash: invitation.token.hash, createdAt: invitation.createdAt, expiresAt: invitation.expiresAt)
        add(mail)
        record(entry)
        keep(invitation.record, idempotency)
        return Outcome(invitation.record)
    }

    func invitation(_ id: UUID) -> StoredInvitation? {
        invitations[id]
    }

    func join(
        _ joiner: Joiner, accepting token: OpaqueToken, _ invitation: StoredInvitation, recording entry: AuditEntry
    ) throws -> Member {
        guard let stored = invitations.removeValue(forKey: token.id), stored.isGood(for: token, at: entry.at) else {
            throw Fault(.invitationInvalid, field: "token")
        }
        if case .newcomer(let member, let password) = joiner {
            people[member.person.id] = StoredPerson(
                record: member.person, password: password, clientHint: member.clientHint)
        }
        let index = index(of: MemberID(joiner.personID.uuid), in: stored.workspaceID, removedToo: true)
        if let index, memberships[index].isRemoved { memberships.remove(at: index) }
        if index.map({ memberships.indices.contains($0) && memberships[$0].personID == joiner.personID }) != true {
            memberships.append(
                Membership(
                    personID: joiner.personID, workspaceID: stored.workspaceID, role: stored.role,
                    createdAt: entry.at))
        }
        record(entry)
        guard let member = member(joiner.personID, of: stored.workspaceID) else {
            throw Fault(.invitationInvalid, field: "token")
        }
        return member
    }

    func change(_ change: MemberChange, revocation: PersonRevocation) throws -> MemberRecord {
        guard let index = index(of: change.id, in: change.workspaceID) else {
            guard var invitation = invitations[change.id.uuid], invitation.workspaceID == change.workspaceID else {
                throw Fault(.memberNotFound)
            }
            guard change.isActive == nil else { throw Fault.inactiveInvitation }
            invitation.role = change.role ?? invitation.role
            invitations[change.id.uuid] = invitation
            if change.role != nil { record(change.entry(.roleChanged)) }
            return record(invitation, id: change.id.uuid)
        }
        let before = Standing(role: memberships[index].role, isActive: memberships[index].isActive)
        let after = change.applied(to: before)
        let entries = change.entries(from: before, to: after)
        if let last = entries.last {
            try keepRunning(change, before, after)
            memberships[index].role = after.role
            memberships[index].isActive = after.isActive
            for entry in entries.dropLast() { record(entry) }
            try raise(change, recording: last, revocation)
        }
        guard let record = record(memberships[index]) else { throw Fault(.memberNotFound) }
        return record
    }

    func remove(_ removal: MemberChange, revocation: PersonRevocation) throws {
        guard let index = index(of: removal.id, in: removal.workspaceID) else {
            guard invitations[removal.id.uuid]?.workspaceID == removal.workspaceID else {
                throw Fault(.memberNotFound)
            }
            invitations[removal.id.uuid] = nil
            return record(removal.entry(.invitationWithdrawn))
        }
        let before = Standing(role: memberships[index].role, isActive: memberships[index].isActive)
        try keepRunning(removal, before, removal.applied(to: before))
        memberships[index].isActive = false
        memberships[index].isRemoved = true
        try raise(removal, recording: removal.entry(.memberRemoved), revocation)
    }

    private func index(of id: MemberID, in workspaceID: WorkspaceID, removedToo: Bool = false) -> Int? {
        memberships.firstIndex {
            $0.personID.uuid == id.uuid && $0.workspaceID == workspaceID && (removedToo || !$0.isRemoved)
        }
    }

    private func keepRunning(_ change: MemberChange, _ before: Standing, _ after: Standing) throws {
        guard before.isRunning, !after.isRunning else { return }
        let isRun = memberships.contains {
            $0.workspaceID == change.workspaceID && $0.personID.uuid != change.id.uuid && $0.role == .admin
                && $0.isActive && people[$0.personID]?.isActive == true
        }
        guard isRun else { throw Fault(.lastAdmin) }
    }

    private func raise(
        _ change: MemberChange, recording entry: AuditEntry, _ revocation: PersonRevocation
    ) throws {
        let personID = PersonID(change.id.uuid)
        _ = try raiseGeneration(of: personID, in: change.workspaceID, recording: entry) {
            revocation(personID, $0, $1)
        }
    }

    private func record(_ membership: Membership) -> MemberRecord? {
        people[membership.personID].map { person in
            MemberRecord(
                id: MemberID(membership.personID.uuid), email: person.record.email, name: person.record.name,
                role: membership.role, isActive: membership.isActive && person.isActive, status: .active,
                createdAt: membership.createdAt)
        }
    }

    private func record(_ invitation: StoredInvitation, id: UUID) -> MemberRecord {
        MemberRecord(
            id: MemberID(id), email: invitation.email.text, name: invitation.name, role: invitation.role,
            isActive: true, status: .invited, createdAt: invitation.createdAt)
    }
}
