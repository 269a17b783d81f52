import Bus
import Contracts

/// The caller's workspace.
struct GetWorkspaceHandler {
    let workspaces: any WorkspaceRepository

    @Sendable func handle(_ request: GetWorkspace, from caller: Caller) async throws -> WorkspaceRecord {
        guard let workspace = try await workspaces.workspace(try caller.requireWorkspace()) else {
            throw Fault(.workspaceNotFound)
        }
        return workspace
    }
}

/// Changes the caller's workspace, and tells who follows auth's events.
struct UpdateWorkspaceHandler {
    let workspaces: any WorkspaceRepository
    /// Tells followers that a workspace's events have grown.
    let announce: @Sendable (WorkspaceID) -> Void
    var now: @Sendable () -> Timestamp = { .now() }

    @Sendable func handle(_ request: UpdateWorkspace, from caller: Caller) async throws -> WorkspaceRecord {
        let workspaceID = try caller.requireWorkspace()
        let change = try WorkspaceChange(request)
        let entry = AuditEntry(
            workspaceID: workspaceID, at: now(), kind: .workspaceChanged, actor: caller.identity.credentialID,
            subject: workspaceID.description)
        let workspace = try await workspaces.change(workspaceID, change, recording: entry)
        announce(workspaceID)
        return workspace
    }
}
