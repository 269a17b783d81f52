import Bus
import Contracts

/// Who works in the caller's workspace.
struct ListMembersHandler {
    let members: any MemberRepository

    @Sendable func handle(_ request: ListMembers, from caller: Caller) async throws -> MemberList {
        let page = try await members.members(of: try caller.requireWorkspace(), page: try request.page.checked())
        return MemberList(members: page.entries, total: page.total, next: page.next)
    }
}

/// Changes what a member may do, and voids what the person has in hands.
struct UpdateMemberHandler {
    let members: any MemberRepository
    let terms: TokenTerms
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: UpdateMember, from caller: Caller) async throws -> MemberRecord {
        let workspaceID = try caller.requireWorkspace()
        let now = now()
        let change = MemberChange(
            id: request.id, workspaceID: workspaceID, role: request.role, isActive: request.isActive,
            actor: caller.identity.credentialID, now: now)
        let record = try await members.change(change) {
            .person($0, generation: $1, tokensUntil: $2, tokens: terms, at: now)
        }
        announce(workspaceID)
        return record
    }
}

/// Takes somebody out of the workspace, or an invitation back.
struct RemoveMemberHandler {
    let members: any MemberRepository
    let terms: TokenTerms
    /// Tells gateways that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: RemoveMember, from caller: Caller) async throws -> Done {
        let workspaceID = try caller.requireWorkspace()
        let now = now()
        let removal = MemberChange(
            id: request.id, workspaceID: workspaceID, role: nil, isActive: false,
            actor: caller.identity.credentialID, now: now)
        try await members.remove(removal) {
            .person($0, generation: $1, tokensUntil: $2, tokens: terms, at: now)
        }
        announce(workspaceID)
        return Done()
    }
}
