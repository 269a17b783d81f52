import Contracts

/// What the service knows of an agent.
struct AgentCopy: OwnedCopy, Equatable {
    let workspaceID: WorkspaceID
    let id: AgentID
    let name: String
    let isActive: Bool
    /// A later change has a higher one.
    let version: Int

    init(workspaceID: WorkspaceID, id: AgentID, name: String, isActive: Bool, version: Int) {
        self.workspaceID = workspaceID
        self.id = id
        self.name = name
        self.isActive = isActive
        self.version = version
    }

    init(_ record: AgentRecord, in workspaceID: WorkspaceID) {
        self.init(
            workspaceID: workspaceID, id: record.id, name: record.name, isActive: !record.isDeleted,
            version: record.version)
    }
}
