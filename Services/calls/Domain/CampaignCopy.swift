import Contracts

/// What the service knows of a campaign.
struct CampaignCopy: OwnedCopy, Equatable {
    let workspaceID: WorkspaceID
    let id: CampaignID
    let name: String
    let agentID: AgentID
    let isActive: Bool
    /// A later change has a higher one.
    let version: Int

    init(
        workspaceID: WorkspaceID, id: CampaignID, name: String, agentID: AgentID, isActive: Bool, version: Int
    ) {
        self.workspaceID = workspaceID
        self.id = id
        self.name = name
        self.agentID = agentID
        self.isActive = isActive
        self.version = version
    }

    init(_ sketch: CampaignSketch, in workspaceID: WorkspaceID) {
        self.init(
            workspaceID: workspaceID, id: sketch.id, name: sketch.name, agentID: sketch.agentID,
            isActive: !sketch.isDeleted, version: sketch.version)
    }
}
