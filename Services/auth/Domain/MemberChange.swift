import Contracts

/// How a member stands in a workspace.
struct Standing: Sendable, Equatable {
    var role: Role
    var isActive: Bool

    /// Whether the workspace has an admin in this member.
    var isRunning: Bool { role == .admin && isActive }
}

/// What somebody wants to be different about a member.
struct MemberChange: Sendable {
    let id: MemberID
    let workspaceID: WorkspaceID
    let role: Role?
    let isActive: Bool?
    /// `AuditEntry.actor`.
    let actor: String
    let now: Timestamp

    func applied(to standing: Standing) -> Standing {
        Standing(role: role ?? standing.role, isActive: isActive ?? standing.isActive)
    }

    /// What the audit log says about it, in order.
    func entries(from before: Standing, to after: Standing) -> [AuditEntry] {
        var kinds: [AuditEntry.Kind] = []
        if before.role != after.role { kinds.append(.roleChanged) }
        if before.isActive != after.isActive { kinds.append(after.isActive ? .accountEnabled : .accountDisabled) }
        return kinds.map { entry($0) }
    }

    func entry(_ kind: AuditEntry.Kind) -> AuditEntry {
        AuditEntry(workspaceID: workspaceID, at: now, kind: kind, actor: actor, subject: id.description)
    }
}
